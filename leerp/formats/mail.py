"""Mail (RFC 5322): the subject is the title, the text is the narrative; what is attached is named, not read."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage

from pydantic import TypeAdapter, ValidationError

from leerp.errors import BadInputError
from leerp.formats.drafts import Draft, content_id
from leerp.formats.extraction import MAX_CHARACTERS, find_in_text, marking_in_text
from leerp.formats.findings import Findings, Notes
from leerp.formats.mail_guard import PARSER_FAULTS, MailGuard
from leerp.formats.markup import visible
from leerp.formats.text import CONFIRM
from leerp.formats.texts import line, prose
from leerp.model import Identifier

_GUARD = MailGuard(
    max_lines=400_000,  # 20 MiB of base64 has 280,000
    max_parts=200,
    max_boundaries=20,
    max_field_bytes=4 * 1024,
    looked_at=("content-", "from", "subject", "date", "message-id", "mime-version"),
)
_SMIME_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)


def read_mail(content: bytes, *, name: str, received_at: datetime) -> Draft:
    """The draft of one mail as a mail program saves it (.eml).

    The organisation is the sender's address, which anyone can write there: a note says so. `received_at` stands in for
    a missing date. Raises BadInputError for what is no mail.
    """
    _check_size(content, name)
    try:
        return _draft(_GUARD.parsed(content), content, name, received_at)
    except PARSER_FAULTS as error:
        raise BadInputError(f"{name}: not a mail that can be read; save it again or hand in its text") from error


def _check_size(content: bytes, name: str) -> None:
    if _GUARD.too_long(content) or _GUARD.too_many_parts(content):
        raise BadInputError(f"{name}: a mail of too many lines or parts; hand in its text and its attachments apart")


def _draft(message: EmailMessage, content: bytes, name: str, received_at: datetime) -> Draft:
    findings = Findings(name=name)
    subject = str(message.get("subject", ""))
    body = _body(message, findings.notes)
    if not body and not subject.strip():
        raise BadInputError(f"{name}: a mail without subject and text; hand in what was meant to be sent")
    everything = f"{subject}\n{body}"
    find_in_text(everything, findings, name=name)
    _count_attachments(message, findings.notes)
    organisation = _sender(message)
    if organisation:
        findings.notes.say("the sender's address of a mail is easily forged: confirm the source another way")
    findings.notes.say(CONFIRM)
    return Draft(
        organisation=organisation,
        id=_id(message, content),
        reported_at=_date(message) or received_at,
        title=line(subject, otherwise="Mail without a subject"),
        narrative=body,
        marking=marking_in_text(everything, findings),
        observables=findings.observables,
        notes=findings.notes.lines,
    )


def _body(message: EmailMessage, notes: Notes) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        notes.say("the mail has no text")
        return ""
    text = part.get_content()
    if part.get_content_subtype() == "html":
        notes.say("the mail has its text only as HTML: layout and hidden parts were left out")
        text = "".join(visible(text[:MAX_CHARACTERS]))
    return prose(text)


def _count_attachments(message: EmailMessage, notes: Notes) -> None:
    whole_is_attached = not message.is_multipart() and message.get_content_maintype() != "text"
    parts = message.iter_attachments() if message.is_multipart() else [message] * whole_is_attached
    for part in parts:
        if part.get_content_type() in _SMIME_SIGNATURES:
            notes.say("signed with S/MIME, not checked")
            continue
        notes.count(f"attachment {part.get_content_type()}", "not read; hand it in as a report of its own")


def _sender(message: EmailMessage) -> str | None:
    addresses = getattr(message.get("from"), "addresses", ())
    return addresses[0].addr_spec or None if addresses else None


def _id(message: EmailMessage, content: bytes) -> str:
    """The Message-ID where it can be an id, else one made of the content."""
    match = re.fullmatch(r"<([^<>\s]+@[^<>\s]+)>", str(message.get("message-id", "")).strip())
    try:
        return _IDENTIFIER.validate_python(match[1] if match else None)
    except ValidationError:
        return content_id("mail", content)


def _date(message: EmailMessage) -> datetime | None:
    """The mail's date; without a zone it is in UTC (RFC 5322 §3.3, -0000)."""
    date = getattr(message.get("date"), "datetime", None)
    if not isinstance(date, datetime):
        return None
    try:
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except OverflowError:  # a year that has no equal in UTC is no date
        return None
