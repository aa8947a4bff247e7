"""A message as the bytes that go over the wire: the same envelope gives the same bytes, on every attempt.

The content (text, HTML and attachments) is made once for all readers who get the same files; only the header and the
reader's own link to acknowledge differ. Signing and encrypting (`protection`) start from the same header and content.
"""

import hashlib
from datetime import datetime
from email.header import Header
from email.message import MIMEPart
from email.policy import SMTP
from email.quoprimime import body_encode
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from functools import lru_cache

from leerp.notices import Mode, VariantFile
from notifications.channels import Envelope
from notifications.forms import calendar_form
from notifications.templating import environment
from notifications.view import fold

MIME_VERSION = b"MIME-Version: 1.0\r\n"

LONGEST_THREAD = 20
"""So many earlier messages are named at most: the first of the thread and the latest ones."""

_LONGEST_WORD = 60
"""A longer one would not fit into the first line of a subject, and is encoded in pieces."""

_GAP = "=_own"
"""Where a reader's own text goes. "=_" occurs in no quoted-printable and no base64 text."""


class Covered(StrEnum):
    """How the header that is repeated inside a protected message is protected (RFC 9788 §2.1)."""

    SIGNED = "clear"
    ENCRYPTED = "cipher"


def mail(envelope: Envelope, *, sender: str) -> bytes:
    """The whole message as it is without protection, with CRLF line ends and ASCII alone.

    The address must be one that `addresses` lets pass.
    """
    return header(envelope, sender=sender) + MIME_VERSION + content(envelope, sender=sender)


def header(envelope: Envelope, *, sender: str) -> bytes:
    """The header but for the fields that say what the content is; each field ends with CRLF."""
    common = _common_header(
        sender, envelope.subject, envelope.issued_at, envelope.mode, envelope.incident, envelope.notice
    )
    return _own_header(envelope) + common


def content(envelope: Envelope, *, sender: str, covered: Covered | None = None) -> bytes:
    """The content as a MIME entity (RFC 2045 §2.4) without MIME-Version.

    `covered`: the header is repeated before it, protected so; the content type then says it.
    """
    url = envelope.acknowledge_url
    before, after = _around(_files(envelope, sender), gap=url is not None, covered=covered)
    return before if url is None else before + _own_text(url, exercise=envelope.mode is Mode.EXERCISE) + after


def _files(envelope: Envelope, sender: str) -> tuple[VariantFile, ...]:
    """The files, an invitation among them as one to this very reader: else no calendar program would answer it."""
    files = envelope.variant.files
    if all(file.name != calendar_form.FILE for file in files):
        return files
    organiser = parseaddr(sender)[1]
    return tuple(
        _invitation(file, attendee=envelope.address, organiser=organiser) if file.name == calendar_form.FILE else file
        for file in files
    )


def _invitation(file: VariantFile, *, attendee: str, organiser: str) -> VariantFile:
    content = calendar_form.addressed(file.content, attendee=attendee, organiser=organiser)
    return file.model_copy(update={"content": content})


def _own_header(envelope: Envelope) -> bytes:
    """What differs from reader to reader. The types of these values leave nothing that would need encoding."""
    lines = [f"To: {envelope.address}", f"Message-ID: {envelope.message_id}"]
    if envelope.references:
        lines.append(f"In-Reply-To: {envelope.references[-1]}")
        lines.append("References: " + "\r\n ".join(_thread(envelope.references)))
    return _joined(lines)


def _thread(references: tuple[str, ...]) -> tuple[str, ...]:
    """The whole thread, or its first and its latest messages: a server may refuse a header of many thousand bytes."""
    if len(references) <= LONGEST_THREAD:
        return references
    return (references[0], *references[1 - LONGEST_THREAD :])


@lru_cache(maxsize=32)
def _common_header(sender: str, subject: str, issued_at: datetime, mode: Mode, incident: str, notice: str) -> bytes:
    """What is the same for all readers of a variant."""
    return _joined(
        [
            f"From: {sender}",
            f"Subject: {_encoded(subject)}",
            f"Date: {format_datetime(issued_at)}",
            "Auto-Submitted: auto-generated",  # RFC 3834: no holiday reply to this, please
            f"X-LEERP-Mode: {mode.value}",
            f"X-LEERP-Incident: {incident}",
            f"X-LEERP-Notice: {notice}",
        ]
    )


def _joined(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _encoded(subject: str) -> str:
    """A subject as it stands in the header, folded.

    A title can hold "=?utf-8?q?=0D=0ABcc:…?=". `email.policy` decodes that before it writes it, and in Python before
    3.11.10 writes the line end too (CVE-2024-6923). So whatever looks like an encoded word is itself encoded.
    """
    line = fold(subject)
    plain = line.isascii() and "=?" not in line and all(len(word) <= _LONGEST_WORD for word in line.split())
    # 75 characters are the longest that RFC 2047 §2 allows; the first line has fewer, for "Subject:" stands there.
    return Header(line, "us-ascii" if plain else "utf-8", maxlinelen=75, header_name="Subject").encode(linesep="\r\n")


def _own_text(url: str, *, exercise: bool) -> bytes:
    """What only this reader gets, as quoted-printable."""
    text = environment().get_template("acknowledge.txt").render(url=url, exercise=exercise)
    return _kept(body_encode(text.encode().decode("latin-1"), eol="\r\n").encode("ascii"))


@lru_cache(maxsize=32)
def _around(files: tuple[VariantFile, ...], *, gap: bool, covered: Covered | None) -> tuple[bytes, bytes]:
    """The content, before and after a reader's own text: text and HTML as alternatives, everything else attached."""
    body, rest = _body(files)
    parts = [*body, *([_gap()] if gap else []), *(_attachment(file) for file in rest)]
    root = body[0] if body == parts else _multipart("mixed", parts)
    digest = hashlib.sha256(b"\0".join(file.content for file in files)).hexdigest()[:32]
    for number, part in enumerate(part for part in root.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest}")
    if covered is not None:
        root.set_param("hp", covered.value)
    before, _, after = root.as_bytes().partition(_GAP.encode())
    return _kept(before), _kept(after)


def _body(files: tuple[VariantFile, ...]) -> tuple[list[MIMEPart], list[VariantFile]]:
    """The body to be read, as one part or none, and the files that are not in it."""
    shown: dict[str, MIMEPart] = {}
    rest = []
    for file in files:
        maintype, _, subtype = _kind(file).partition("/")
        if maintype == "text" and subtype in ("plain", "html") and subtype not in shown:
            shown[subtype] = MIMEPart(policy=SMTP)
            shown[subtype].set_content(file.content.decode(), subtype=subtype, cte="quoted-printable")
        else:
            rest.append(file)
    alternatives = [shown[subtype] for subtype in ("plain", "html") if subtype in shown]  # the best one last
    return ([_multipart("alternative", alternatives)] if len(alternatives) > 1 else alternatives), rest


def _kind(file: VariantFile) -> str:
    return file.media_type.partition(";")[0].strip().lower()


def _attachment(file: VariantFile) -> MIMEPart:
    """A file as it is, byte for byte, with its media type and what belongs to that."""
    typed = MIMEPart(policy=SMTP)
    typed["Content-Type"] = file.media_type
    maintype, _, subtype = _kind(file).partition("/")
    part = MIMEPart(policy=SMTP)
    part.set_content(
        file.content,
        maintype=maintype,
        subtype=subtype,
        params=dict(typed["Content-Type"].params),
        disposition="attachment",
        filename=file.name,
    )
    return part


def _gap() -> MIMEPart:
    """A text part for what differs from reader to reader."""
    part = MIMEPart(policy=SMTP)
    part["Content-Type"] = 'text/plain; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part["Content-Disposition"] = 'inline; filename="acknowledge.txt"'
    part.set_payload(_GAP)
    return part


def _multipart(kind: str, parts: list[MIMEPart]) -> MIMEPart:
    whole = MIMEPart(policy=SMTP)
    whole["Content-Type"] = f"multipart/{kind}"
    for part in parts:
        whole.attach(part)
    return whole


def _kept(text: bytes) -> bytes:
    """The same with no line that begins with "From ": some mailboxes write ">" before it (RFC 3156 §5)."""
    return (b"\r\n" + text).replace(b"\r\nFrom ", b"\r\n=46rom =\r\n")[2:]
