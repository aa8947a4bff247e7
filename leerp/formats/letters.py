"""A mail as a way in reads it: who wrote it, whether a machine did, and what is attached that may be a report.

Nothing here decides who really wrote it. The one form of a mail as a report stays `leerp.formats.mail`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import cast

from leerp.errors import BadInputError
from leerp.formats.extraction import MAX_CHARACTERS, marking_in_text
from leerp.formats.findings import Findings
from leerp.formats.mail_guard import PARSER_FAULTS, MailGuard
from leerp.formats.mail_signed import Signed, Smime, encrypted_part, signed_part, smime_form
from leerp.formats.reading import detect
from leerp.formats.texts import line, shown
from leerp.marking import Marking
from leerp.reports import ReportFormat

MAX_BYTES = 28 * 1024 * 1024
"""The largest mail that is read: 20 MiB as base64."""

MAX_DEPTH = 8
MAX_ATTACHED = 50

_GUARD = MailGuard(
    max_lines=500_000,
    max_parts=200,
    max_boundaries=20,
    max_field_bytes=4 * 1024,
    looked_at=("content-", "from", "subject", "message-id", "mime-version", "auto-", "return-path"),
)
_OWN_TYPES = (
    "application/pgp",
    "application/pkcs7",
    "application/x-pkcs7",
    "text/calendar",
    "text/html",
    "text/vcard",
    "text/x-vcard",
)
"""What belongs to the mail itself, and never is a report."""

_ENTITY = re.compile(rb"^(?:content-[a-z-]+|mime-version)[ \t]*:", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Attached:
    """Something attached that can be read as a report."""

    name: str
    content: bytes
    format: ReportFormat


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail. `sender`: the address in From, in lower case; None if it names not exactly one.

    `automatic`: a machine answers, and no person has written it. `invitation`: it holds a calendar object.
    `marking`: what subject and text say of the whole. `unread`: the types of what is attached and cannot be read.
    """

    content: bytes
    sender: str | None
    automatic: bool
    invitation: bool
    signed: Signed | None
    smime: Smime | None
    encrypted: bytes | None
    inline: bool
    marking: Marking | None
    attached: tuple[Attached, ...]
    unread: tuple[str, ...]


def read_letter(content: bytes, *, name: str) -> Letter:
    """The mail in its parts; BadInputError for what is too large or no mail."""
    if len(content) > MAX_BYTES or _GUARD.too_long(content) or _GUARD.too_many_parts(content):
        raise BadInputError(f"{name}: a mail of too many bytes, lines or parts; ask for it in another way")
    try:
        return _letter(_GUARD.parsed(content), content, name)
    except PARSER_FAULTS as error:
        raise BadInputError(f"{name}: not a mail that can be read; ask for it once more") from error


def unwrapped(outer: bytes, inner: bytes) -> bytes:
    """The mail with what was encrypted in it in the place of its encrypted form, under its own header."""
    head = outer.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    kept, keep = [], True
    for text in head.split(b"\n"):
        keep = keep if text[:1] in (b" ", b"\t") else not _ENTITY.match(text)
        kept += [text] * keep
    return b"\r\n".join((*kept, b"MIME-Version: 1.0", inner))


def _letter(message: EmailMessage, content: bytes, name: str) -> Letter:
    if not message.keys():
        raise BadInputError(f"{name}: not a mail: it has no header")
    parts = list(_leaves(message))
    text = _text(message)
    attached, unread = _attachments(parts, name)
    return Letter(
        content=content,
        sender=_sender(message),
        automatic=_automatic(message),
        invitation=any(part.get_content_type() == "text/calendar" for part in parts),
        signed=signed_part(message, content),
        smime=smime_form(message),
        encrypted=encrypted_part(message),
        inline="-----BEGIN PGP " in text,
        marking=_said_marking(f"{message.get('subject', '')}\n{text}", name),
        attached=tuple(attached),
        unread=tuple(unread),
    )


def _sender(message: EmailMessage) -> str | None:
    addresses = [one.addr_spec for one in getattr(message.get("from"), "addresses", ()) if one.addr_spec]
    return addresses[0].lower() if len(addresses) == 1 and len(message.get_all("from", [])) == 1 else None


def _automatic(message: EmailMessage) -> bool:
    """An automatic reply (RFC 3834) or a report about delivery (RFC 3464). A mailing list's mail is a person's."""
    auto = str(message.get("auto-submitted", "no")).split(";")[0].strip().lower()
    return (
        auto not in ("", "no", "auto-generated")
        or str(message.get("return-path", "")).strip() == "<>"
        or message.get_content_type() in ("multipart/report", "message/delivery-status")
    )


def _leaves(message: EmailMessage, depth: int = 0) -> Iterator[EmailMessage]:
    """The parts that hold something, a forwarded mail as one of them."""
    if depth <= MAX_DEPTH and message.is_multipart() and message.get_content_maintype() != "message":
        for part in message.iter_parts():
            yield from _leaves(cast("EmailMessage", part), depth + 1)
    else:
        yield message


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content())[:MAX_CHARACTERS] if body is not None else ""


def _said_marking(text: str, name: str) -> Marking | None:
    """What a person writes of the whole, as `TLP:AMBER` in the subject; None if nothing."""
    said = marking_in_text(text[:MAX_CHARACTERS], Findings(name=name))
    return None if said == Marking() else said


def _attachments(parts: list[EmailMessage], name: str) -> tuple[list[Attached], list[str]]:
    attached: list[Attached] = []
    unread: list[str] = []
    for number, part in enumerate(parts, start=1):
        kind = part.get_content_type()
        if not (part.is_attachment() or part.get_filename()) or kind.startswith(_OWN_TYPES):
            unread += [kind] * (part.is_attachment() and kind == "text/html")
            continue
        if len(attached) == MAX_ATTACHED:
            raise BadInputError(f"{name}: more than {MAX_ATTACHED} attachments; ask for them in several mails")
        found = _attachment(part, f"{name}, attachment {number} {shown(part.get_filename() or '', limit=60)}".rstrip())
        if found is None:
            unread.append(line(kind, otherwise="unknown", limit=60))
        else:
            attached.append(found)
    return attached, unread


def _attachment(part: EmailMessage, name: str) -> Attached | None:
    """What it can be read as; None for what is no report, such as a picture."""
    if part.get_content_maintype() == "message":
        inner = cast("list[EmailMessage] | str", part.get_payload())
        content = inner[0].as_bytes() if isinstance(inner, list) and inner else b""
    else:
        content = bytes(part.get_payload(decode=True) or b"")
    try:
        form = detect(content, part.get_filename() or name)
    except BadInputError:
        return None
    if form is ReportFormat.TEXT and part.get_content_maintype() != "text":
        return None
    return Attached(name=name, content=content, format=form)
