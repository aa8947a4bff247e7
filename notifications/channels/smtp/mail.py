"""A message as the bytes that go over the wire: the same envelope gives the same bytes, on every attempt.

The content (text, HTML and attachments) is made once for all readers who get the same files; only the header differs.
"""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from leerp.notices import Mode, VariantFile
from notifications.channels import Envelope


def mail(envelope: Envelope, *, sender: str) -> bytes:
    """The whole message, with CRLF line ends and ASCII alone. The address must be one that `addresses` lets pass."""
    common = _common_header(
        sender, envelope.subject, envelope.issued_at, envelope.mode, envelope.incident, envelope.notice
    )
    return _own_header(envelope) + common + _content(envelope.variant.files)


def _own_header(envelope: Envelope) -> bytes:
    """What differs from reader to reader. The types of these values leave nothing that would need encoding."""
    lines = [f"To: {envelope.address}", f"Message-ID: {envelope.message_id}"]
    if envelope.references:
        lines.append(f"In-Reply-To: {envelope.references[-1]}")
        lines.append("References: " + "\r\n ".join(envelope.references))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


@lru_cache(maxsize=32)
def _common_header(sender: str, subject: str, issued_at: datetime, mode: Mode, incident: str, notice: str) -> bytes:
    """What is the same for all readers of a variant."""
    header = EmailMessage(policy=SMTP)
    header["From"] = sender
    header["Subject"] = subject
    header["Date"] = format_datetime(issued_at)
    header["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply to this, please
    header["X-LEERP-Mode"] = mode.value
    header["X-LEERP-Incident"] = incident
    header["X-LEERP-Notice"] = notice
    return header.as_bytes().rstrip(b"\r\n") + b"\r\n"


@lru_cache(maxsize=32)
def _content(files: tuple[VariantFile, ...]) -> bytes:
    """Content headers and body: text and HTML as alternatives, everything else attached."""
    content = EmailMessage(policy=SMTP)
    for file in files:
        kind = file.media_type.partition(";")[0]
        if kind == "text/plain" and content.get_content_type() == "text/plain" and not content.is_multipart():
            content.set_content(file.content.decode(), cte="quoted-printable")
        elif kind == "text/html":
            content.add_alternative(file.content.decode(), subtype="html", cte="quoted-printable")
    for file in files:
        maintype, _, subtype = file.media_type.partition(";")[0].partition("/")
        if maintype != "text":
            content.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    _set_boundaries(content, files)
    return content.as_bytes()


def _set_boundaries(content: EmailMessage, files: tuple[VariantFile, ...]) -> None:
    """Boundaries from the content itself; "=_" occurs in no quoted-printable and no base64 text."""
    digest = hashlib.sha256(b"\0".join(file.content for file in files)).hexdigest()[:32]
    for number, part in enumerate(part for part in content.walk() if part.is_multipart()):
        part.set_boundary(f"=_{number}_{digest}")
