"""What the check of a directory finds beside the faults of single entries: keys, and domains that look alike."""

from datetime import UTC, datetime, timedelta

import pytest

from leerp.keys import Key, KeyKind
from leerp.marking import Level
from leerp.stakeholders import ContactPoint, Directory, Group, Officer, Role, Stakeholder
from notifications.channels import ChannelsFile
from notifications.directory_check import check_directory
from notifications.lookalikes import lookalike_faults

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def faults(ends: datetime | None) -> list[str]:
    """What is said of a directory where one key ends then."""
    key = Key(kind=KeyKind.OPENPGP, fingerprint="1" * 40, pinned_at=NOW, expires_at=ends, certificate="…")
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
    channels = ChannelsFile.model_validate({"channels": {"box": {"type": "outbox", "maximum": "BPL"}}})
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
