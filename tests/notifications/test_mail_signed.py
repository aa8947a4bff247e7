"""Signed and encrypted mail, sent over a real server and read by gpg, by openssl and by a verifier of DKIM."""

import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leerp.errors import DeliveryError
from leerp.keys import Key
from leerp.notices import DeliveryReason, NoticeKind
from notifications.channels import Envelope
from notifications.channels.smtp.mail import header
from notifications.channels.smtp.protection import Protection, load_protection
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.smtp.transport import SmtpChannel
from tests.notifications import cast, mail_keys
from tests.notifications.mail_keys import Centre, Gpg, needs_gpg, needs_openssl, parsed, part
from tests.notifications.mail_server import MailServer, smtp_settings

LINK = "https://desk.example/acknowledge/" + "a1B2" * 20 + "?of=n-5f2c"
VARIANT = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)

Settings = Callable[..., SmtpSettings]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """A centre with a key of each kind."""
    return mail_keys.centre(tmp_path_factory.mktemp("centre"))


@pytest.fixture(scope="module")
def gpg(centre: Centre) -> Iterator[Gpg]:
    """A reader's gpg, which knows the centre's key."""
    with mail_keys.gpg() as running:
        running.take(centre.openpgp.extract_certificate())
        yield running


@pytest.fixture(scope="module")
def reader_key(gpg: Gpg) -> Key:
    """The key that the reader's gpg has made."""
    return gpg.key(gpg.new(mail_keys.READER, "future-default", "default", "never"))


@pytest.fixture
def settings(server: MailServer, tls: tuple[Path, ssl.SSLContext], tmp_path: Path) -> Settings:
    """Settings that fit the server, with what else is wanted."""
    return partial(smtp_settings, server, tls[0], tmp_path)


def envelope(**changes: object) -> Envelope:
    """A message to a CSIRT with a link of its own, after two earlier ones."""
    values = {"acknowledge_url": LINK, "references": ("<a@leerp.invalid>", "<b@leerp.invalid>")}
    return cast.envelope(VARIANT, **(values | changes))


async def sent(server: MailServer, settings: SmtpSettings, message: Envelope) -> bytes:
    """What the server got."""
    async with SmtpChannel("email", settings).session() as session:
        assert await session.send(message)
    return server.messages[-1]


def assert_holds_the_notice(content: bytes) -> None:
    """The files of the variant, byte for byte, and the reader's own link."""
    message = parsed(content)
    files = [item.get_content() for item in message.walk() if not item.is_multipart()]
    text, page, own, *attached = files
    assert [text.replace("\r\n", "\n").encode(), page.replace("\r\n", "\n").encode(), *attached] == [
        file.content for file in VARIANT.files
    ]
    assert LINK in own.splitlines()


def assert_repeats_the_header(inside: bytes, message: Envelope, *, hp: str) -> None:
    """What is protected holds the whole header, and says that it does."""
    head = header(message, sender=mail_keys.SENDER)
    assert inside.startswith(head)
    assert parsed(inside)["Content-Type"].params["hp"] == hp
    listed = [str(value) for value in parsed(inside).get_all("HP-Outer", [])]
    told = [f"{name}: {value}" for name, value in parsed(head + b"\r\n").items()] if hp == "cipher" else []
    assert listed == told


def assert_tells_nothing(content: bytes) -> None:
    """Neither the content nor the link can be read from outside, in any encoding that a gateway would look through."""
    outside = content.partition(b"\r\n\r\n")[2]
    decoded = b"".join(
        payload for item in parsed(content).walk() if isinstance(payload := item.get_payload(decode=True), bytes)
    )
    for text in (outside, decoded):
        assert [
            word for word in (b"acknowledge", b"Worm", b"Hospitals", b"notice.json", b"text/plain") if word in text
        ] == []


@needs_gpg
async def test_gpg_verifies_what_was_signed(server: MailServer, settings: Settings, centre: Centre, gpg: Gpg) -> None:
    """Content, link and header are signed by the centre's key; one changed byte and they are not."""
    message = envelope()
    content = await sent(server, settings(**centre.settings("openpgp")), message)
    assert gpg.signed_by(content) == centre.openpgp.extract_certificate().fingerprint
    assert parsed(content)["Content-Type"].params["micalg"] == "pgp-sha512"
    assert_holds_the_notice(part(content, 0))
    assert_repeats_the_header(part(content, 0), message, hp="clear")
    assert gpg.signed_by(content.replace(b"Please confirm", b"Please confirn")) is None


@needs_gpg
async def test_gpg_decrypts_what_was_signed_and_encrypted(
    server: MailServer, settings: Settings, centre: Centre, gpg: Gpg, reader_key: Key
) -> None:
    """The reader alone opens it, finds the centre's signature in it, and all of the notice."""
    message = envelope(key=reader_key)
    content = await sent(server, settings(**centre.settings("openpgp"), encrypt="always"), message)
    inside, signer = gpg.decrypted(content)
    assert signer == centre.openpgp.extract_certificate().fingerprint
    assert_holds_the_notice(inside)
    assert_repeats_the_header(inside, message, hp="cipher")
    assert_tells_nothing(content)
    assert parsed(content)["Subject"] == VARIANT.subject
    assert parsed(content)["References"] == "<a@leerp.invalid> <b@leerp.invalid>"


@needs_gpg
async def test_a_channel_can_encrypt_without_signing(
    server: MailServer, settings: Settings, gpg: Gpg, reader_key: Key
) -> None:
    """Nobody vouches for it, and nobody else can read it."""
    content = await sent(server, settings(encrypt="if_key"), envelope(key=reader_key))
    inside, signer = gpg.decrypted(content)
    assert signer is None
    assert_holds_the_notice(inside)
    assert_tells_nothing(content)


@needs_gpg
async def test_no_key_is_no_obstacle_where_the_operator_says_so(
    server: MailServer, settings: Settings, centre: Centre, gpg: Gpg
) -> None:
    """With `if_key`, a reader without a key gets the signed message in the clear."""
    content = await sent(server, settings(**centre.settings("openpgp"), encrypt="if_key"), envelope())
    assert gpg.signed_by(content) == centre.openpgp.extract_certificate().fingerprint


@needs_openssl
async def test_openssl_verifies_what_was_signed(server: MailServer, settings: Settings, centre: Centre) -> None:
    """S/MIME by the centre's certificate, up to its authority; one changed byte and it is not."""
    message = envelope()
    content = await sent(server, settings(**centre.settings("smime")), message)
    trusted = ("-CAfile", centre.authority)
    verified, inside = mail_keys.openssl("-verify", *trusted, text=content)
    assert verified
    assert_holds_the_notice(inside)
    assert_repeats_the_header(part(content, 0), message, hp="clear")
    changed = content.replace(b"Please confirm", b"Please confirn")
    assert not mail_keys.openssl("-verify", *trusted, text=changed)[0]


@needs_openssl
async def test_openssl_decrypts_what_was_signed_and_enveloped(
    server: MailServer, settings: Settings, centre: Centre, tmp_path: Path
) -> None:
    """The reader's RSA key opens the envelope, and in it is a message that the centre has signed."""
    private = rsa.generate_private_key(65537, 2048)
    own = mail_keys.certificate(private, mail_keys.READER)
    (tmp_path / "reader.pem").write_bytes(mail_keys.pem(private) + own.public_bytes(Encoding.PEM))
    message = envelope(key=mail_keys.smime_key(own))
    content = await sent(server, settings(**centre.settings("smime"), encrypt="always"), message)
    opened, signed = mail_keys.openssl("-decrypt", "-inkey", tmp_path / "reader.pem", text=content)
    verified, inside = mail_keys.openssl("-verify", "-CAfile", centre.authority, text=signed)
    assert (opened, verified) == (True, True)
    assert_holds_the_notice(inside)
    assert_repeats_the_header(part(signed, 0), message, hp="cipher")
    assert_tells_nothing(content)


async def test_a_message_that_only_its_domain_signs_is_the_same_bytes_again(
    server: MailServer, settings: Settings, centre: Centre
) -> None:
    """There is no time and no chance in that signature."""
    first = await sent(server, settings(dkim=centre.dkim), envelope())
    assert await sent(server, settings(dkim=centre.dkim), envelope()) == first


def record(centre: Centre) -> Callable[..., bytes | None]:
    """What the DNS says of the centre's domain, and of no other."""
    public = centre.domain_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return lambda name, timeout=5: text if name == b"leerp._domainkey.ec3.example." else None  # noqa: ARG005


@pytest.mark.parametrize("sign", ["none", "openpgp", "smime"])
async def test_the_domain_vouches_for_a_message(
    server: MailServer, settings: Settings, centre: Centre, sign: str
) -> None:
    """A verifier that has nothing to do with the signer agrees, whatever else is signed."""
    content = await sent(server, settings(**centre.settings(sign), dkim=centre.dkim), envelope())
    assert dkim.verify(content, dnsfunc=record(centre))
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        (b"\r\nTo: desk@csirt-fr", b"\r\nTo: desk@csirt-fx"),
        (b"\r\nSubject: ", b"\r\nSubject: Re: "),
        (b"\r\nReferences: <a@", b"\r\nReferences: <x@"),
        (b"\r\nContent-Type: multipart/mixed", b"\r\nContent-Type: multipart/other"),
        (b"Please confirm", b"Please confirn"),
        (b"DKIM-Signature: ", b"From: ecc@evil.example\r\nDKIM-Signature: "),
        (b"DKIM-Signature: ", b"Reply-To: ecc@evil.example\r\nDKIM-Signature: "),
        (b"DKIM-Signature: ", b"Subject: another\r\nDKIM-Signature: "),
        (b"--\r\n", b"--\r\n\r\nmore"),
    ],
)
async def test_a_changed_message_has_no_domain_behind_it(
    server: MailServer, settings: Settings, centre: Centre, there: bytes, instead: bytes
) -> None:
    """Not with a changed or an added header field, a changed byte of the content, or anything after it."""
    content = await sent(server, settings(dkim=centre.dkim), envelope())
    assert there in content
    assert not dkim.verify(content.replace(there, instead, 1), dnsfunc=record(centre))


@needs_gpg
@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("RCPT", "550 5.1.1 unknown", (True, DeliveryReason.ADDRESS_UNKNOWN)),
        ("DATA", "451 4.3.0 later", (False, DeliveryReason.REFUSED_BY_SERVER)),
        ("BREAK", "text", (False, DeliveryReason.UNREACHABLE)),
        ("BREAK", "answer", (False, DeliveryReason.UNREACHABLE)),
    ],
)
async def test_a_fault_leaves_the_session_good_for_signed_mail(
    server: MailServer,
    settings: Settings,
    centre: Centre,
    gpg: Gpg,
    reader_key: Key,
    *,
    command: str,
    reply: str,
    expected: tuple[bool, str],
) -> None:
    """Refused, deferred or broken off: the next attempt has other bytes, the same Message-ID, and can be read."""
    if command == "BREAK":
        server.break_off = reply
    else:
        server.replies[command] = reply
    wanted = settings(**centre.settings("openpgp"), encrypt="always", dkim=centre.dkim)
    async with SmtpChannel("email", wanted).session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope(key=reader_key))
        assert (caught.value.permanent, caught.value.reason) == expected
        assert await session.send(envelope(key=reader_key))
    assert {parsed(content)["Message-ID"] for content in server.messages} == {envelope().message_id}
    assert len(set(server.messages)) == len(server.messages) == (2 if reply == "answer" else 1)
    assert dkim.verify(server.messages[-1], dnsfunc=record(centre))
    assert_holds_the_notice(gpg.decrypted(server.messages[-1])[0])


async def test_signing_is_done_beside_the_loop(server: MailServer, settings: Settings, centre: Centre) -> None:
    """What computes for milliseconds runs in another thread than everything that waits."""
    threads = []

    class Watched(Protection):
        def mail(self, envelope: Envelope) -> bytes:
            threads.append(threading.current_thread())
            return super().mail(envelope)

    loaded = load_protection(settings(**centre.settings("openpgp")))
    async with SmtpChannel("email", settings(**centre.settings("openpgp"))).session() as session:
        session._protection = Watched(**vars(loaded))
        await session.send(envelope())
    assert len(server.messages) == 1
    assert threads
    assert threading.main_thread() not in threads
