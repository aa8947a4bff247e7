"""A message as bytes: deterministic, readable by any mail program, and safe against what is in it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from leerp.marking import Level, Marking
from leerp.notices import NoticeKind, Portion, Section
from notifications.channels.smtp.mail import mail
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
