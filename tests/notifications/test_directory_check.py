"""What the check of a directory finds beside the faults of single entries: keys, and domains that look alike."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from pysequoia import Cert, Tsk
from pysequoia.packet import PacketPile, Tag

from leerp.keys import Key, KeyKind
from leerp.marking import Level
from leerp.stakeholders import ContactPoint, Directory, Group, Officer, Role, Stakeholder
from notifications.channels import ChannelsFile
from notifications.directory_check import check_directory
from notifications.lookalikes import lookalike_faults
from tests.notifications import mail_keys

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def faults(ends: datetime | None) -> list[str]:
    """What is said of a directory where one key ends then."""
    key = Key(kind=KeyKind.OPENPGP, fingerprint="1" * 40, pinned_at=NOW, expires_at=ends, certificate="…")
    return faults_of(key, {"type": "outbox", "maximum": "BPL"})


def faults_of(key: Key, channel: dict[str, object]) -> list[str]:
    """What is said of a directory where a reader has this key on that channel."""
    everybody = [
        Stakeholder(
            id=name,
            name=name,
            group=Group.AGENCY,
            clearance=Level.BPL,
            contacts=(ContactPoint(channel="box", address=f"desk@{name}.example", key=pinned),),
        )
        for name, pinned in (("centre", None), ("keyed", key))
    ]
    officers = tuple(Officer(id=name, name=name, roles=(Role.APPROVER,)) for name in ("head", "deputy"))
    directory = Directory(version="1", centre=everybody[0], stakeholders=tuple(everybody[1:]), officers=officers)
    channels = ChannelsFile.model_validate({"channels": {"box": channel}})
    return check_directory(directory, channels, at=NOW)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (31, []),
        (30, ["keyed: the key for desk@keyed.example expires on 2026-12-22; ask for the next one"]),
        (1, ["keyed: the key for desk@keyed.example expires on 2026-11-23; ask for the next one"]),
        (0, ["keyed: the key for desk@keyed.example expired on 2026-11-22; ask for the next one"]),
    ],
)
def test_a_key_that_ends_is_said_thirty_days_before(days: int, said: list[str]) -> None:
    """And when it has ended; a key without an end is never complained of."""
    assert faults(NOW + timedelta(days=days)) == said
    assert faults(None) == []


def unusable(key: Key, **changes: object) -> list[str]:
    """What is said of a key on a mail channel that encrypts."""
    mail = {"type": "smtp", "maximum": "BPL", "host": "mail.example", "from_address": "ecc@ec3.example"}
    return faults_of(key, mail | {"encrypt": "if_key"} | changes)


def test_a_certificate_that_no_envelope_can_be_made_for_is_named() -> None:
    """Elliptic curve, too short, for something else; as sending would refuse it, while there is still time."""
    curve = ec.generate_private_key(ec.SECP256R1())
    long, short = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 1024)  # noqa: S505 - the point
    server = mail_keys.certificate(long, "keyed", purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    why = "the key of keyed is not one to encrypt mail for: RSA of 2048 bits or more, for mail"
    said = [
        f"keyed: channel 'box' cannot encrypt for desk@keyed.example: {why}; pin a new one in the directory",
    ]
    for certificate in (mail_keys.certificate(curve, "keyed"), mail_keys.certificate(short, "keyed"), server):
        assert unusable(mail_keys.smime_key(certificate)) == said
    assert unusable(mail_keys.smime_key(mail_keys.certificate(long, "keyed"))) == []
    assert unusable(mail_keys.smime_key(mail_keys.certificate(curve, "keyed")), encrypt="never") == []


def test_a_key_of_another_kind_than_the_channel_signs_with_is_named() -> None:
    """The signing key itself is not read for it."""
    key = mail_keys.smime_key(mail_keys.certificate(rsa.generate_private_key(65537, 2048), "keyed"))
    (said,) = unusable(key, sign="openpgp", signing_key_file="nowhere")
    assert "the key of keyed is not one for openpgp, as the channel signs" in said


def test_an_openpgp_key_that_cannot_be_encrypted_for_is_named() -> None:
    """One for signing alone; and one that has ended is said once, as ended."""
    whole = Tsk.generate("Desk <desk@keyed.example>").extract_certificate()
    assert unusable(mail_keys.openpgp_key(whole)) == []
    packets = PacketPile.from_bytes(bytes(whole))
    tags = [packet.tag for packet in packets]
    alone = Cert.from_packets(list(packets)[: tags.index(Tag.PublicSubkey)])
    (said,) = unusable(mail_keys.openpgp_key(alone))
    assert "the key of keyed" in said
    (ended,) = unusable(mail_keys.openpgp_key(alone, expires_at=NOW - timedelta(days=1)))
    assert ended == "keyed: the key for desk@keyed.example expired on 2026-11-21; ask for the next one"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("desk@csirt-lu.example", "desk@csirt-1u.example", "csirt-lu.example and csirt-1u.example look alike (a, b)"),
        ("a@bonn.example", "b@mail.b0nn.example", "bonn.example and b0nn.example look alike"),
        ("a@modern.example", "b@modem.example", "modern.example and modem.example look alike"),
        ("a@muller.example", "b@xn--mller-kva.example", "look alike"),
        ("a@cert.example", "https://CERT.examp1e/hook", "cert.example and cert.examp1e look alike"),
    ],
)
def test_domains_that_look_alike_are_named(first: str, second: str, said: str) -> None:
    """Digits for letters, pairs that read as one letter, marks on letters, behind a subdomain, in a web address."""
    found = list(lookalike_faults([("a", first), ("b", second)]))
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("\u0430\u0440\u0440\u04cf\u0435", "is written in another alphabet and reads like apple"),
        ("\u0440aypal", "is written in another alphabet and reads like paypal"),
        ("bank\u0436", "mixes alphabets"),
    ],
)
def test_a_domain_in_borrowed_letters_is_named(word: str, said: str) -> None:
    """Letters of another alphabet that read like Latin ones, alone or mixed in (RFC 3492 behind `xn--`)."""
    domain = f"xn--{word.encode('punycode').decode()}.example"
    assert list(lookalike_faults([("a", f"desk@{domain}")])) == [f"a: {domain} {said}; check it by telephone"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["desk@a.example", "duty@a.example", "desk@mail.a.example"],
        ["desk@csirt-de.example", "desk@csirt-ee.example", "desk@police-no.example"],
        ["desk@xn--mller-kva.example"],
        ["desk@xn--" + "министерство".encode("punycode").decode() + ".example"],
        ["pigeonhole-1", "pigeonhole-l"],
        ["desk@xn--\u00e9.example", "desk@xn---.example"],
    ],
)
def test_what_is_only_different_is_left_alone(addresses: list[str]) -> None:
    """The same domain twice, other domains, an honest umlaut, an honest other alphabet, addresses without a domain."""
    assert list(lookalike_faults((str(number), address) for number, address in enumerate(addresses))) == []
