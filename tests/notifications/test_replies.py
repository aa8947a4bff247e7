"""Replies by mail: what they answer, what they carry, and what a machine sent."""

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from pysequoia import SignatureMode, Tsk, sign

from leerp.errors import BadInputError
from leerp.keys import Key
from notifications.acknowledging import address, token
from notifications.identity import message_id
from notifications.replies import MAX_BYTES, Reply, read_reply, signed_by
from tests.notifications import cast
from tests.notifications.mail_keys import gpg, needs_gpg, openpgp_key

SECRET = "5e" * 32
OURS = message_id("N-1", "csirt-fr", "email")
EARLIER = message_id("N-0", "csirt-fr", "email")
LINK = address("https://desk.example", SECRET, notice="N-1", reader="csirt-fr")
TOKEN = token(SECRET, notice="N-1", reader="csirt-fr")


def mail(text: str = "Got it.", **headers: str) -> EmailMessage:
    """A reply as a person's mail program writes it; `_` in the name of a field stands for a hyphen."""
    message = EmailMessage(policy=SMTP)
    usual = {"From": "Desk <desk@csirt-fr.example>", "In-Reply-To": OURS, "References": f"{EARLIER} {OURS}"}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return message


def read(message: EmailMessage | bytes) -> Reply:
    """What is read of it."""
    return read_reply(message if isinstance(message, bytes) else message.as_bytes(), name="reply.eml")


def test_a_reply_says_what_it_answers_first() -> None:
    """In-Reply-To before References, and of these the latest first."""
    assert read(mail()).answers == (OURS, EARLIER)
    assert read(mail(**{"In-Reply-To": "<theirs@mail.example>"})).answers == ("<theirs@mail.example>", OURS, EARLIER)


@pytest.mark.parametrize(
    "text",
    [
        f"Yes.\n\n> {LINK}\n",
        f"> {LINK[:80]}\n> {LINK[80:]}\n",
        f"https://safe.example/?url={LINK.replace('/', '%2F').replace(':', '%3A')}&data=1",
    ],
    ids=["quoted", "broken across lines", "wrapped into another link"],
)
def test_the_quoted_link_is_found(text: str) -> None:
    """As mail programs quote it."""
    assert TOKEN in read(mail(text)).tokens


def test_the_link_is_found_in_html() -> None:
    """Where the reply has its text as HTML alone."""
    message = mail()
    message.set_content(f'<p>Yes</p><blockquote><a href="{LINK}">here</a></blockquote>', subtype="html")
    assert read(message).tokens == (TOKEN,)


def test_a_link_in_a_mail_that_is_only_forwarded_is_none_of_the_writers() -> None:
    """Neither in an attached mail nor in an attached text."""
    message = mail("What is this?")
    message.add_attachment(mail(LINK))
    message.add_attachment(LINK, filename="notice.txt")
    assert read(message).tokens == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"},
        {"Return_Path": "<>"},
        {"List_Id": "<all.example>"},
    ],
)
def test_a_machine_is_known_by_its_header(headers: dict[str, str]) -> None:
    """An absence note that quotes the notice has the link in it, and nobody has read anything."""
    assert read(mail(f"I am away.\n> {LINK}", **headers)).automatic


def test_a_report_about_delivery_is_a_machines() -> None:
    """It brings the whole notice back."""
    report = b"\r\n".join(
        [
            b"From: MAILER-DAEMON@mx.example",
            f"In-Reply-To: {OURS}".encode(),
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            b"",
            b"--b",
            b"",
            f"It could not be delivered. {LINK}".encode(),
            b"--b--",
            b"",
        ]
    )
    assert read(report).automatic


def test_a_person_is_no_machine() -> None:
    """A plain reply, and one that says so itself (RFC 3834 §5)."""
    assert not read(mail()).automatic
    assert not read(mail(Auto_Submitted="no")).automatic


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no mail at all",
        b"From: a\n\n" + b"x" * MAX_BYTES,
        b"From: a\n\n" + b"\n" * 200_000,
        b"From: a\n" + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(500)),
        b"From: a\nReferences: " + b"<a@b> " * 10_000 + b"\n\n",
    ],
    ids=["empty", "text", "huge", "lines", "nested", "long header"],
)
def test_what_is_no_reply_or_beyond_any_use_is_refused(content: bytes) -> None:
    """With a sentence, and before anything of it is taken apart."""
    with pytest.raises(BadInputError, match=r"^reply\.eml"):
        read(content)


def signed(tsk: Tsk, text: str, *, after: str = "") -> bytes:
    """A reply that is signed whole; `after`: changed behind the signer's back."""
    part = mail(text).as_bytes().partition(b"\r\n\r\n")
    body = b'Content-Type: text/plain; charset="utf-8"\r\n\r\n' + part[2].rstrip(b"\r\n") + b"\r\n"
    signature = sign(tsk.signer(), body, mode=SignatureMode.DETACHED)
    head = f"From: desk@csirt-fr.example\r\nIn-Reply-To: {OURS}\r\nMIME-Version: 1.0\r\n".encode()
    kind = b'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha512; boundary="=_b"'
    end = b"\r\n--=_b\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature + b"\r\n--=_b--\r\n"
    return head + kind + b"\r\n\r\n--=_b\r\n" + body + after.encode() + end


def pinned(tsk: Tsk, **changes: object) -> Key:
    """The reader's key."""
    return openpgp_key(tsk.extract_certificate(), **changes)


def who_signed(content: bytes, *keys: Key) -> Key | None:
    """The key behind a reply to N-1."""
    return signed_by(read(content), keys, naming="N-1", at=cast.AT)


def test_a_signed_reply_is_its_readers_and_nobody_elses() -> None:
    """By the pinned key; not by another one, not with a byte more, and not by a key that has ended."""
    mine, other = Tsk.generate("Desk <desk@csirt-fr.example>"), Tsk.generate("Eve <eve@x.example>")
    content = signed(mine, "We have N-1.")
    assert who_signed(content, pinned(other), pinned(mine)) == pinned(mine)
    assert who_signed(content.replace(b"\r\n", b"\n"), pinned(mine)) == pinned(mine)
    assert who_signed(content, pinned(other)) is None
    assert who_signed(signed(mine, "We have N-1.", after="Really."), pinned(mine)) is None
    assert who_signed(content, pinned(mine, expires_at=cast.AT - timedelta(seconds=1))) is None
    assert who_signed(content.replace(b"BEGIN PGP", b"BEGIN XXX"), pinned(mine)) is None
    assert who_signed(mail("We have N-1.").as_bytes(), pinned(mine)) is None


def test_an_old_signed_mail_answers_nothing_new() -> None:
    """The signature does not cover In-Reply-To: without the notice's name in the signed text it proves nothing."""
    mine = Tsk.generate("Desk <desk@csirt-fr.example>")
    assert who_signed(signed(mine, "Yes, got it, thank you."), pinned(mine)) is None


@needs_gpg
def test_what_gpg_signs_is_verified() -> None:
    """A signature by the program that most readers use."""
    with gpg() as theirs:
        fingerprint = theirs.new("desk@csirt-fr.example")
        body = b"Content-Type: text/plain\r\n\r\n> Notice N-1\r\nReceived.\r\n"
        signature = theirs.run("--armor", "--detach-sign", text=body)
        head = f'In-Reply-To: {OURS}\r\nContent-Type: multipart/signed; boundary="b"'.encode()
        head += b'; protocol="application/pgp-signature"\r\n\r\n--b\r\n'
        content = head + body + b"\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature
        key = theirs.key(fingerprint)
        assert who_signed(content + b"\r\n--b--\r\n", key) == key


def test_a_signed_mail_with_a_broken_part_proves_nothing() -> None:
    """A line that looks like the boundary hides a field that no parser should read; nobody is let down by it."""
    hidden = b"\r\n--ab\r\nContent-Type: " + b"x" * 9_000 + b"\r\n\r\n"
    parts = b"\r\n--a\r\nContent-Type: text/plain\r\n\r\nhi"
    parts += b"\r\n--a\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n"
    kind = b'multipart/signed; protocol="application/pgp-signature"; boundary=a'
    reply = read(b"From: a@b.example\r\nContent-Type: " + kind + b"\r\n" + hidden + parts)
    assert reply.signed is not None
    assert signed_by(reply, [], naming="N-1", at=cast.AT) is None
