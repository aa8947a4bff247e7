"""A message as bytes: deterministic, readable by any mail program, and safe against what is in it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.marking import Level, Marking
from leerp.notices import Form, Mode, NoticeKind, Portion, Section, VariantFile
from notifications.channels import Envelope
from notifications.channels.smtp.mail import LONGEST_THREAD, mail
from notifications.rendering import render
from tests.notifications import cast


def parsed(content: bytes) -> EmailMessage:
    """The message as a mail program reads it; the test fails on any defect."""
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk() if part.defects] == []
    return message


def test_a_message_holds_the_files_of_the_variant() -> None:
    """Text and page are alternatives, the machine form is attached, and each comes out as it went in."""
    made = cast.variant(cast.notice(NoticeKind.EARLY_WARNING), cast.LIAISON)
    message = parsed(mail(cast.envelope(made), sender="ecc@ec3.example"))
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().replace("\r\n", "\n").encode() == made.files[0].content
    assert page.get_content().replace("\r\n", "\n").encode() == made.files[1].content
    (attached,) = message.iter_attachments()
    assert isinstance(attached, EmailMessage)
    assert (attached.get_filename(), attached.get_content()) == ("notice.json", made.files[2].content)


def test_the_header_says_what_it_is() -> None:
    """Who, to whom, when the notice was issued, which message it follows, and that nobody need reply."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    earlier = ("<a@leerp.invalid>", "<b@leerp.invalid>")
    message = parsed(mail(cast.envelope(made, references=earlier), sender="ecc@ec3.example"))
    header = {name: str(value) for name, value in message.items() if not name.startswith(("Content", "MIME"))}
    assert header == {
        "To": "desk@csirt-fr.example",
        "Message-ID": cast.envelope(made).message_id,
        "In-Reply-To": "<b@leerp.invalid>",
        "References": "<a@leerp.invalid> <b@leerp.invalid>",
        "From": "ecc@ec3.example",
        "Subject": made.subject,
        "Date": "Fri, 12 May 2017 09:14:00 +0000",
        "Auto-Submitted": "auto-generated",
        "X-LEERP-Mode": "actual",
        "X-LEERP-Incident": "LEERP-2017-0001",
        "X-LEERP-Notice": "n-5f2c",
    }


def test_the_same_envelope_is_the_same_bytes() -> None:
    """A second attempt sends what the first one sent, boundaries included, in ASCII with CRLF."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    again = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    first, second = (mail(cast.envelope(one), sender="ecc@ec3.example") for one in (made, again))
    assert first == second
    assert first.isascii()
    assert b"\n" not in first.replace(b"\r\n", b"")
    assert max(len(line) for line in first.split(b"\r\n")) <= 998


def test_a_subject_beyond_ascii_arrives() -> None:
    """TRÈS SECRET is written with its accent and read with it."""
    top = Portion(section=Section.FACT, text="x", marking=Marking(level=Level.TRES_SECRET))
    reader = cast.LIAISON.model_copy(update={"clearance": Level.TRES_SECRET})
    made = cast.variant(cast.notice(NoticeKind.UPDATE, (cast.FRAME, top)), reader, maximum=Level.TRES_SECRET)
    message = parsed(mail(cast.envelope(made), sender="ecc@ec3.example"))
    assert str(message["Subject"]).startswith("TRÈS SECRET UE/EU TOP SECRET | ")


def test_a_title_cannot_add_a_header() -> None:
    """CRLF in a title is a space in the subject, and no Bcc."""
    portions = (
        Portion(section=Section.TITLE, text="Worm\r\nBcc: all@evil.example\r\n\r\nbody", marking=Marking()),
        Portion(section=Section.FACT, text="--=_0_x--\r\n.\r\nMAIL FROM:<x@evil.example>", marking=Marking()),
    )
    made = cast.variant(cast.notice(NoticeKind.UPDATE, portions), cast.PARTNER)
    message = parsed(mail(cast.envelope(made), sender="ecc@ec3.example"))
    assert message["Bcc"] is None
    assert str(message["Subject"]).endswith("Worm Bcc: all@evil.example body")


FIELDS = {
    "To",
    "Message-ID",
    "In-Reply-To",
    "References",
    "From",
    "Subject",
    "Date",
    "Auto-Submitted",
    "X-LEERP-Mode",
    "X-LEERP-Incident",
    "X-LEERP-Notice",
    "MIME-Version",
    "Content-Type",
}
"""Every field that a message may have."""


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?q?=0D=0ABcc:_all@evil.example?=",
        "=?utf-8?b?DQpCY2M6IGFsbEBldmlsLmV4YW1wbGUNCg0KYm9keQ==?= x",
        "=?utf-8?q?PUBLIC?= and =?utf-8?q?more",
        "one\u2028Bcc: all@evil.example",
        "one\x85Bcc: all@evil.example",
        "\u202eelpmaxe",
        "word " * 51,
        "x" * 256,
        "é" * 256,
        "🛡" * 256,
    ],
)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    """Encoded words are shown and not decoded, odd line ends are spaces, and no line is too long."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    content = mail(cast.envelope(made, subject=subject), sender="ecc@ec3.example")
    message = parsed(content)
    expected = subject.replace("\u2028", " ").replace("\x85", " ").replace("\u202e", "\ufffd").strip()
    assert str(message["Subject"]) == expected
    assert set(message.keys()) <= FIELDS
    assert max(len(line) for line in content.partition(b"\r\nDate:")[0].split(b"\r\n")) <= 280


LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, [*range(32), 127]))))


@settings(deadline=None, max_examples=300)
@given(
    subject=LINES.filter(lambda text: 0 < len(text) <= 256),
    words=st.lists(st.sampled_from(["=?utf-8?q?", "=0D=0A", "?=", "Bcc: x@y.example", "=?utf-8?b?DQo=?=", " "])),
)
def test_no_subject_adds_a_field(subject: str, words: list[str]) -> None:
    """Every text that a subject can be leaves the same fields, in ASCII with CRLF."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    line = ("".join(words) + subject)[:256]
    content = mail(cast.envelope(made, subject=line), sender="ecc@ec3.example")
    head = content.partition(b"\r\n\r\n")[0]
    names = {line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))}
    assert names <= FIELDS | {"Content-Transfer-Encoding"}
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_long_thread_keeps_its_first_and_its_latest_messages() -> None:
    """One line for each, none too long, and never so many that a server would refuse the header."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    earlier = tuple(f"<{number:0>170}@{'x' * 60}.invalid>" for number in range(200))
    content = mail(cast.envelope(made, references=earlier), sender="ecc@ec3.example")
    named = str(parsed(content)["References"]).split()
    assert (len(named), named[0], named[1:]) == (LONGEST_THREAD, earlier[0], list(earlier[-LONGEST_THREAD + 1 :]))
    assert parsed(content)["In-Reply-To"] == earlier[-1]
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


LINK = "https://desk.example/acknowledge/" + "a1B2" * 40 + "?of=n-5f2c&by=csirt-fr"


def test_a_reader_gets_a_link_of_its_own() -> None:
    """In a part of its own, as plain text, and nowhere else; all the rest is what others get."""
    made = cast.variant(cast.notice(NoticeKind.EARLY_WARNING), cast.LIAISON)
    with_link = parsed(mail(cast.envelope(made, acknowledge_url=LINK), sender="ecc@ec3.example"))
    without = parsed(mail(cast.envelope(made), sender="ecc@ec3.example"))
    (own,) = [part for part in with_link.walk() if part.get_filename() == "acknowledge.txt"]
    assert isinstance(own, EmailMessage)
    assert (own.get_content_type(), own.get_content_disposition()) == ("text/plain", "inline")
    assert LINK in own.get_content().splitlines()
    others = [part.get_payload() for part in with_link.walk() if not part.is_multipart() and part is not own]
    assert others == [part.get_payload() for part in without.walk() if not part.is_multipart()]
    assert "acknowledge/" not in str(with_link.items())
    body = with_link.get_body(("plain",))
    assert body is not None
    assert LINK not in body.get_content()


def test_the_link_of_one_reader_is_in_no_other_message() -> None:
    """Readers of the same files share their bytes, and not their links."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    links = [f"https://desk.example/acknowledge/{number}" for number in range(3)]
    sent = [
        mail(cast.envelope(made, acknowledge_url=link), sender="ecc@ec3.example").replace(b"=\r\n", b"")
        for link in links
    ]
    assert [[link.encode() in content for link in links] for content in sent] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


def test_a_link_cannot_break_out_of_its_part() -> None:
    """Line ends and boundaries in it stay text."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    plain = mail(cast.envelope(made, acknowledge_url=LINK), sender="ecc@ec3.example")
    boundary = parsed(plain).get_boundary()
    odd = f"https://x.example/é\r\n--{boundary}\r\nContent-Type: text/html\r\n\r\n<b>\r\n.\r\n{{{{ 7 * 7 }}}}"
    message = parsed(mail(cast.envelope(made, acknowledge_url=odd), sender="ecc@ec3.example"))
    assert [part.get_content_type() for part in message.walk()] == [
        part.get_content_type() for part in parsed(plain).walk()
    ]
    own = next(part for part in message.walk() if part.get_filename() == "acknowledge.txt")
    assert isinstance(own, EmailMessage)
    assert odd.replace("\r\n", "\n") in own.get_content().replace("\r\n", "\n")


def test_an_exercise_says_so_beside_the_link_too() -> None:
    """The mark stands in every part that people read."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE, mode=Mode.EXERCISE), cast.CSIRT)
    envelope = cast.envelope(made, mode=Mode.EXERCISE, acknowledge_url=LINK)
    message = parsed(mail(envelope, sender="ecc@ec3.example"))
    read = [part for part in message.walk() if part.get_content_maintype() == "text"]
    assert [part for part in read if "EXERCISE EXERCISE EXERCISE" not in str(part)] == []
    assert str(message["Subject"]).startswith("EXERCISE EXERCISE EXERCISE | ")


def with_files(*files: VariantFile) -> Envelope:
    """An envelope whose variant has these files."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    return cast.envelope(made.model_copy(update={"files": files}))


def test_every_file_that_is_no_body_is_attached_as_it_is() -> None:
    """Byte for byte, with its media type: an invitation, a PDF, and a second text."""
    text = VariantFile(name="notice.txt", media_type="text/plain; charset=utf-8", content=b"From here\nFrom there\n")
    others = (
        VariantFile(name="agenda.ics", media_type="text/calendar; charset=utf-8; method=REQUEST", content=b"a\r\nb\n"),
        VariantFile(name="notice.pdf", media_type="application/pdf", content=bytes(range(256)) * 40),
        VariantFile(name="more.txt", media_type="text/plain; charset=utf-8", content=b"more\n"),
        VariantFile(name="alert.xml", media_type="application/cap+xml", content="<é/>".encode()),
    )
    content = mail(with_files(text, *others), sender="ecc@ec3.example")
    message = parsed(content)
    body, *attached = (part for part in message.walk() if not part.is_multipart())
    assert body.get_payload(decode=True) == text.content.replace(b"\n", b"\r\n")
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in attached] == [
        (file.name, file.content) for file in others
    ]
    assert attached[0]["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert b"\r\nFrom " not in content


@pytest.mark.parametrize("form", [Form.TEXT, Form.HTML, Form.JSON])
def test_a_channel_may_carry_one_form(form: Form) -> None:
    """A message of one file is a whole message."""
    made = render(
        cast.notice(NoticeKind.UPDATE), cast.CSIRT, channel="m", maximum=Level.SECRET, at=cast.AT, forms=(form,)
    )
    assert not isinstance(made, str)
    message = parsed(mail(cast.envelope(made), sender="ecc@ec3.example"))
    (only,) = [part for part in message.walk() if not part.is_multipart()]
    payload = only.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.replace(b"\r\n", b"\n") == made.files[0].content.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "one\r\nBcc: x@y.example"},
        {"address": "x@y.example\r\nBcc: z@y.example"},
        {"message_id": "<a@b>\r\nBcc: x@y.example"},
        {"message_id": "no brackets"},
        {"references": ("<a@b> <c@d>",)},
        {"reader": "csirt-de"},
        {"notice": "n-other"},
    ],
)
def test_an_envelope_refuses_what_does_not_fit(changes: dict[str, object]) -> None:
    """No line ends anywhere in a header, and never another reader's variant."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    with pytest.raises(ValueError, match="validation error"):
        cast.envelope(made, **changes)
