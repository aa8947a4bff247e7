"""Keys that cannot be used: nothing leaves, least of all in the clear, and the reason is said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pysequoia import Cert, Tsk
from pysequoia.packet import PacketPile, SignatureType

from leerp.errors import BadInputError, DeliveryError
from leerp.keys import Key
from leerp.marking import Level
from leerp.notices import DeliveryReason, NoticeKind
from notifications.channels import Envelope
from notifications.channels.smtp.mail import mail
from notifications.channels.smtp.protection import load_protection
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.smtp.transport import SmtpChannel
from tests.notifications import cast, mail_keys
from tests.notifications.mail_keys import Centre, Gpg, needs_gpg, openpgp_key, smime_key
from tests.notifications.mail_server import mail_server
from tests.secret_files import secret_file

LONG_AGO = "20170101T000000"
THIRTY_DAYS = "30d"
"""A key of then that lasts so long has ended when the notices of the cast are issued, in May 2017."""


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """A centre with a key of each kind."""
    return mail_keys.centre(tmp_path_factory.mktemp("centre"))


@pytest.fixture(scope="module")
def gpg() -> Iterator[Gpg]:
    """A reader's gpg."""
    with mail_keys.gpg() as running:
        yield running


def settings(**changes: Any) -> SmtpSettings:
    """A relay on this machine."""
    values = {
        "type": "smtp",
        "maximum": Level.RESTREINT,
        "host": "127.0.0.1",
        "port": 9,
        "starttls": False,
        "from_address": mail_keys.SENDER,
    }
    return SmtpSettings.model_validate(values | changes)


def envelope(**changes: object) -> Envelope:
    """A message to a CSIRT."""
    return cast.envelope(cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT), **changes)


def refusal(key: Key | None, **changes: Any) -> tuple[bool, str]:
    """Whether a message for this key is refused for good, and why."""
    with pytest.raises(DeliveryError) as caught:
        load_protection(settings(**({"encrypt": "always"} | changes))).mail(envelope(key=key))
    return caught.value.permanent, caught.value.reason


MISSING = (True, DeliveryReason.KEY_MISSING)
EXPIRED = (True, DeliveryReason.KEY_EXPIRED)
MISMATCH = (True, DeliveryReason.KEY_MISMATCH)


def tsk(**changes: Any) -> Tsk:
    """A reader's OpenPGP key."""
    return Tsk.generate(f"Desk <{mail_keys.READER}>", **changes)


def good_key(**changes: object) -> Key:
    """An OpenPGP key that nothing is wrong with."""
    return openpgp_key(tsk().extract_certificate(), **changes)


async def test_without_a_key_nothing_is_sent(centre: Centre) -> None:
    """`encrypt: always` is never weakened: the server is not even called."""
    async with mail_server(None) as server:
        for sign in ("none", "openpgp", "smime"):
            wanted = settings(port=server.port, encrypt="always", **centre.settings(sign))
            channel = SmtpChannel("email", wanted)
            async with channel.session() as session:
                with pytest.raises(DeliveryError) as caught:
                    await session.send(envelope())
            assert (caught.value.permanent, caught.value.reason) == MISSING
            assert "csirt-fr" in caught.value.sentence
            assert channel.needs_key
        assert server.connections == 0


def test_a_good_key_is_good() -> None:
    """What the refusals below are measured against."""
    assert b"multipart/encrypted" in load_protection(settings(encrypt="always")).mail(envelope(key=good_key()))


def test_a_key_that_cannot_be_used_is_not_passed_over() -> None:
    """With `if_key` too: who has a key gets nothing in the clear."""
    assert refusal(good_key(fingerprint="0" * 40), encrypt="if_key") == MISMATCH


def test_a_channel_that_encrypts_nothing_asks_for_no_key() -> None:
    """`encrypt: never`, which is the default, sends what it sent before there were keys."""
    message = envelope(key=good_key(fingerprint="0" * 40))
    assert load_protection(settings()).mail(message) == mail(message, sender=mail_keys.SENDER)


@pytest.mark.parametrize(
    "changes",
    [{"fingerprint": "0" * 40}, {"fingerprint": "0" * 64}, {"certificate": "-----BEGIN PGP"}, {"certificate": ""}],
)
def test_an_openpgp_key_is_the_pinned_one(changes: dict[str, object]) -> None:
    """A key with another fingerprint, and something that is no key at all."""
    assert refusal(good_key(**changes)) == MISMATCH


def test_a_second_certificate_does_not_slip_in() -> None:
    """A key behind the pinned one would be able to read along."""
    both = bytes(first := tsk().extract_certificate()) + bytes(tsk().extract_certificate())
    armoured = mail_keys.armour(both)
    assert len(Cert.split_bytes(armoured.encode())) == 2
    assert refusal(openpgp_key(first, certificate=armoured)) == MISMATCH


def test_the_key_of_the_signature_decides_the_kind(centre: Centre) -> None:
    """A reader with a key of the other kind than the channel signs with cannot read both."""
    certificate = mail_keys.certificate(rsa.generate_private_key(65537, 2048), mail_keys.READER)
    assert refusal(smime_key(certificate), **centre.settings("openpgp")) == MISMATCH
    assert refusal(good_key(), **centre.settings("smime")) == MISMATCH


def test_a_key_is_used_until_it_ends() -> None:
    """By what is pinned with it, at the time of the notice."""
    assert refusal(good_key(expires_at=cast.AT)) == EXPIRED
    good = good_key(expires_at=cast.AT + timedelta(seconds=1))
    assert load_protection(settings(encrypt="always")).mail(envelope(key=good))


def test_a_revoked_openpgp_key_is_not_used() -> None:
    """The revocation came with the key."""
    key = tsk()
    revoked = key.extract_certificate()
    revoked = Cert.from_bytes(bytes(revoked) + bytes(revoked.revoke(key.certifier())))
    assert refusal(openpgp_key(revoked)) == EXPIRED


@needs_gpg
def test_an_expired_openpgp_key_is_not_used(gpg: Gpg) -> None:
    """The day in the key itself counts, whatever the directory says."""
    assert refusal(gpg.key(gpg.new("old@r.example", "future-default", "default", THIRTY_DAYS, at=LONG_AGO))) == EXPIRED


@needs_gpg
def test_a_key_for_signing_is_not_used(gpg: Gpg) -> None:
    """There is nothing in it to encrypt for."""
    assert refusal(gpg.key(gpg.new("signs@r.example", "ed25519", "sign", "never"))) == MISMATCH


@needs_gpg
def test_only_the_parts_of_a_key_that_have_not_ended_are_used(gpg: Gpg) -> None:
    """An old subkey is left out, even if somebody forges a longer life for it; a new one beside it is used."""
    fingerprint = gpg.new("parts@r.example", "ed25519", "sign", "never", at=LONG_AGO)
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", THIRTY_DAYS, at=LONG_AGO)
    ended = gpg.key(fingerprint)
    assert refusal(ended) == EXPIRED
    other = PacketPile.from_bytes(bytes(tsk().extract_certificate()))
    forged = next(packet for packet in other if packet.signature_type == SignatureType.SubkeyBinding)
    revived = mail_keys.armour(bytes(Cert.from_bytes(ended.certificate.encode())) + bytes(forged))
    assert refusal(openpgp_key(Cert.from_bytes(revived.encode()), certificate=revived)) == EXPIRED
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", "never")
    content = load_protection(settings(encrypt="always")).mail(envelope(key=gpg.key(fingerprint)))
    assert b"notice.json" in gpg.decrypted(content)[0]


@needs_gpg
def test_a_renewed_key_is_used(gpg: Gpg) -> None:
    """A later binding of the same subkey gives it a longer life."""
    fingerprint = gpg.new("renewed@r.example", "ed25519", "sign", "never", at=LONG_AGO)
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", THIRTY_DAYS, at=LONG_AGO)
    gpg.run("--quick-set-expire", fingerprint, "0", "*", at="20170102T000000")
    content = load_protection(settings(encrypt="always")).mail(envelope(key=gpg.key(fingerprint)))
    assert b"notice.json" in gpg.decrypted(content)[0]


@needs_gpg
def test_the_latest_word_on_a_key_counts(gpg: Gpg) -> None:
    """An owner who made the life of a subkey shorter is heeded, though the longer one is in the key as well."""
    fingerprint = gpg.new("shorter@r.example", "ed25519", "sign", "never", at=LONG_AGO)
    gpg.run("--quick-add-key", fingerprint, "cv25519", "encr", "never", at=LONG_AGO)
    longer = gpg.key(fingerprint)
    assert load_protection(settings(encrypt="always")).mail(envelope(key=longer))
    gpg.run("--quick-set-expire", fingerprint, THIRTY_DAYS, "*", at="20170102T000000")
    both = Cert.from_bytes(longer.certificate.encode()).merge(
        Cert.from_bytes(gpg.key(fingerprint).certificate.encode())
    )
    bindings = [one for one in PacketPile.from_bytes(bytes(both)) if one.signature_type == SignatureType.SubkeyBinding]
    assert len(bindings) == 2
    assert refusal(openpgp_key(both)) == EXPIRED


def test_an_smime_certificate_is_the_pinned_one() -> None:
    """Another fingerprint, the short one of old tools, and something that is no certificate."""
    good = smime_key(mail_keys.certificate(rsa.generate_private_key(65537, 2048), mail_keys.READER))
    assert b"enveloped-data" in load_protection(settings(encrypt="always")).mail(envelope(key=good))
    changes: list[dict[str, object]] = [{"fingerprint": "0" * 64}, {"fingerprint": "0" * 40}, {"certificate": "x"}]
    for change in changes:
        assert refusal(good.model_copy(update=change)) == MISMATCH


def test_an_smime_certificate_is_valid_when_the_notice_is_issued() -> None:
    """Neither afterwards nor before."""
    private = rsa.generate_private_key(65537, 2048)
    ended = mail_keys.certificate(private, mail_keys.READER, until=cast.AT - timedelta(seconds=1))
    assert refusal(smime_key(ended)) == EXPIRED
    begins_later = envelope(
        key=smime_key(mail_keys.certificate(private, mail_keys.READER)), issued_at=datetime(2016, 1, 1, tzinfo=UTC)
    )
    with pytest.raises(DeliveryError) as caught:
        load_protection(settings(encrypt="always")).mail(begins_later)
    assert (caught.value.permanent, caught.value.reason) == EXPIRED


def test_an_smime_certificate_is_one_to_encrypt_mail_for() -> None:
    """Not one of a web server, one for signing alone, a short key, or a curve, for which there is no envelope."""
    long, short, curve = (
        rsa.generate_private_key(65537, 2048),
        rsa.generate_private_key(65537, 1024),  # noqa: S505 - must be refused
        ec.generate_private_key(ec.SECP256R1()),
    )
    unfit = (
        mail_keys.certificate(long, mail_keys.READER, purpose=ExtendedKeyUsageOID.SERVER_AUTH),
        mail_keys.certificate(long, mail_keys.READER, agrees=False),
        mail_keys.certificate(short, mail_keys.READER),
        mail_keys.certificate(curve, mail_keys.READER),
    )
    for certificate in unfit:
        assert refusal(smime_key(certificate)) == MISMATCH


@pytest.mark.parametrize(("mode", "open_to_others"), [(0o600, False), (0o440, False), (0o644, True), (0o660, True)])
def test_a_secret_that_others_can_read_or_change_is_refused(
    centre: Centre, tmp_path: Path, mode: int, open_to_others: bool
) -> None:
    """Signing key and DKIM key alike; the sentence says how to mend it."""
    for wanted, name in (
        ({"sign": "openpgp", "signing_key_file": tmp_path / "openpgp.asc"}, "openpgp.asc"),
        (centre.settings("smime") | {"signing_key_file": tmp_path / "smime.key"}, "smime.key"),
        ({"dkim": centre.dkim | {"key_file": tmp_path / "dkim.key"}}, "dkim.key"),
    ):
        secret_file(tmp_path / name, (centre.folder / name).read_bytes(), mode=mode)
        if not open_to_others:
            assert load_protection(settings(**wanted))
            continue
        with pytest.raises(BadInputError, match="chmod 600"):
            load_protection(settings(**wanted))


async def test_a_key_of_the_centre_can_be_mended(centre: Centre, tmp_path: Path) -> None:
    """It is nobody's fault among the readers: nothing is lost, and the same session sends once it is right."""
    file = secret_file(tmp_path / "key", (centre.folder / "openpgp.asc").read_bytes(), mode=0o644)
    async with mail_server(None) as server:
        wanted = settings(port=server.port, sign="openpgp", signing_key_file=file)
        async with SmtpChannel("email", wanted).session() as session:
            with pytest.raises(DeliveryError) as caught:
                await session.send(envelope())
            assert (caught.value.permanent, caught.value.reason) == (False, DeliveryReason.NOT_CONFIGURED)
            assert server.connections == 0
            file.chmod(0o600)
            assert await session.send(envelope())
        assert len(server.messages) == 1


def refused(match: str, **changes: Any) -> None:
    """The keys that these settings name cannot be used, and the sentence says why."""
    with pytest.raises(BadInputError, match=match) as caught:
        load_protection(settings(**changes))
    assert "Stack backtrace" not in caught.value.sentence


def test_a_signing_key_names_the_sender_and_no_look_alike(tmp_path: Path) -> None:
    """A key for another domain would make every signature a warning on the reader's screen."""
    look_alike = "ecc@ec3-example.example"
    key = secret_file(tmp_path / "openpgp", str(Tsk.generate(f"{mail_keys.SENDER} <{look_alike}>")))
    refused("must name ecc@ec3.example", sign="openpgp", signing_key_file=key)
    private = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "pem").write_bytes(mail_keys.certificate(private, look_alike).public_bytes(Encoding.PEM))
    files = {
        "signing_key_file": secret_file(tmp_path / "key", mail_keys.pem(private)),
        "signing_certificate_file": tmp_path / "pem",
    }
    refused("does not name ecc@ec3.example", sign="smime", **files)


def test_an_openpgp_signing_key_can_sign(centre: Centre, tmp_path: Path) -> None:
    """Not a public key, not a revoked one, not one that is not there."""
    key = centre.openpgp
    public = key.extract_certificate()
    revoked = Tsk.from_bytes(bytes(key) + bytes(public.revoke(key.certifier())))
    refused("no OpenPGP secret key", sign="openpgp", signing_key_file=secret_file(tmp_path / "a", str(public)))
    refused("has been revoked", sign="openpgp", signing_key_file=secret_file(tmp_path / "b", str(revoked)))
    refused("cannot be read", sign="openpgp", signing_key_file=tmp_path / "none")


@needs_gpg
def test_an_expired_signing_key_does_not_sign(gpg: Gpg, tmp_path: Path) -> None:
    """Its signatures would be worth nothing."""
    fingerprint = gpg.new(mail_keys.SENDER, "ed25519", "sign", THIRTY_DAYS, at=LONG_AGO)
    secret = gpg.run("--pinentry-mode", "loopback", "--armor", "--export-secret-keys", fingerprint)
    refused("no OpenPGP secret key", sign="openpgp", signing_key_file=secret_file(tmp_path / "old", secret))


@needs_gpg
def test_a_signing_key_may_have_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a file for S/MIME, from the environment for OpenPGP; a wrong one is said, and never which."""
    private = rsa.generate_private_key(65537, 2048)
    (tmp_path / "pem").write_bytes(mail_keys.certificate(private, mail_keys.SENDER).public_bytes(Encoding.PEM))
    smime = {
        "sign": "smime",
        "signing_key_file": secret_file(tmp_path / "key", mail_keys.pem(private, password="open")),  # noqa: S106
        "signing_certificate_file": tmp_path / "pem",
        "signing_password_file": secret_file(tmp_path / "password", "open\n"),
    }
    assert load_protection(settings(**smime)).mail(envelope())
    secret_file(tmp_path / "password", "shut")
    refused("cannot be opened|can be opened", **smime)
    with mail_keys.gpg() as locked:
        locked.run("--passphrase", "open", "--quick-generate-key", f"<{mail_keys.SENDER}>", "ed25519", "sign")
        secret = locked.run(
            "--pinentry-mode", "loopback", "--passphrase", "open", "--armor", "--export-secret-keys", mail_keys.SENDER
        )
    openpgp = {"sign": "openpgp", "signing_key_file": secret_file(tmp_path / "asc", secret)}
    monkeypatch.setenv("LEERP_TEST_PASSWORD", "open")
    assert load_protection(settings(**openpgp, signing_password_env="LEERP_TEST_PASSWORD")).mail(envelope())  # noqa: S106
    refused("no OpenPGP secret key", **openpgp)
    monkeypatch.delenv("LEERP_TEST_PASSWORD")
    refused("holds no password of the signing key", **openpgp, signing_password_env="LEERP_TEST_PASSWORD")  # noqa: S106


def test_an_smime_signing_key_fits_its_certificate(centre: Centre, tmp_path: Path) -> None:
    """Not that of another key, not one of a web server, not one that has ended."""
    private = ec.generate_private_key(ec.SECP256R1())
    key = secret_file(tmp_path / "key", mail_keys.pem(private))
    refused("is not that of the key", **(centre.settings("smime") | {"signing_key_file": key}))
    pem = tmp_path / "pem"
    smime = {"sign": "smime", "signing_key_file": key, "signing_certificate_file": pem}
    server = mail_keys.certificate(private, mail_keys.SENDER, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    pem.write_bytes(server.public_bytes(Encoding.PEM))
    refused("not one to sign mail with", **smime)
    pem.write_text("nothing")
    refused("holds no certificate in PEM", **smime)
    ended = mail_keys.certificate(private, mail_keys.SENDER, until=cast.AT - timedelta(seconds=1))
    pem.write_bytes(ended.public_bytes(Encoding.PEM))
    with pytest.raises(BadInputError, match="not valid on 2017-05-12"):
        load_protection(settings(**smime)).mail(envelope())


def test_a_domain_key_is_strong_enough(centre: Centre, tmp_path: Path) -> None:
    """RSA of 2048 bits, without a password."""
    weak = mail_keys.pem(rsa.generate_private_key(65537, 1024))  # noqa: S505 - must be refused
    locked = mail_keys.pem(centre.domain_key, password="open")  # noqa: S106
    refused("2048 bits", dkim=centre.dkim | {"key_file": secret_file(tmp_path / "a", weak)})
    refused("without a password", dkim=centre.dkim | {"key_file": secret_file(tmp_path / "b", locked)})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"sign": "openpgp"}, "signing_key_file"),
        ({"signing_key_file": "key"}, "signing_key_file"),
        ({"sign": "smime", "signing_key_file": "key"}, "signing_certificate_file"),
        ({"sign": "openpgp", "signing_key_file": "key", "signing_certificate_file": "pem"}, "signing_certificate_file"),
        ({"signing_password_env": "X"}, "at most one"),
        (
            {"sign": "openpgp", "signing_key_file": "k", "signing_password_env": "X", "signing_password_file": "y"},
            "at most one",
        ),
        ({"sign": "pgp", "signing_key_file": "key"}, "openpgp"),
        ({"encrypt": "sometimes"}, "if_key"),
        ({"dkim": {"selector": "s", "domain": "ec3-example.example", "key_file": "key"}}, "no other can vouch"),
        ({"dkim": {"selector": "s", "domain": "3.example", "key_file": "key"}}, "no other can vouch"),
        ({"dkim": {"selector": "s", "domain": "mail.ec3.example", "key_file": "key"}}, "no other can vouch"),
        ({"dkim": {"selector": "s;d=evil", "domain": "ec3.example", "key_file": "key"}}, "selector"),
        ({"dkim": {"selector": "s", "domain": "ec3.example"}}, "key_file"),
        ({"dkim": {"selector": "s", "domain": "ec3.example", "key_file": "key", "key": "x"}}, "key"),
    ],
)
def test_settings_that_contradict_themselves_are_refused(changes: dict[str, object], match: str) -> None:
    """At the reading of channels.yaml, before anything is sent."""
    with pytest.raises(ValueError, match=match):
        settings(**changes)


def test_files_are_taken_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    """All of them, and one with a whole path stays where it is."""
    given = settings(
        sign="smime",
        signing_key_file="keys/own",
        signing_certificate_file="/etc/own.pem",
        signing_password_file="keys/password",  # noqa: S106
        ca_file="ca.pem",
        dkim={"selector": "s", "domain": "Example", "key_file": "keys/dkim"},
    )
    found = given.below(tmp_path)
    assert found.dkim is not None
    assert (found.signing_key_file, found.signing_certificate_file, found.ca_file, found.dkim.key_file) == (
        tmp_path / "keys/own",
        Path("/etc/own.pem"),
        tmp_path / "ca.pem",
        tmp_path / "keys/dkim",
    )
    assert found.signing_password_file == tmp_path / "keys/password"
