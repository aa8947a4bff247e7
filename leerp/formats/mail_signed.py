"""What of a mail is signed or encrypted: with OpenPGP as RFC 3156 has it, byte for byte as it came; S/MIME by name.

S/MIME (RFC 8551) is neither verified nor opened here: `cryptography` makes its signatures and does not check them.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from typing import cast


class Smime(StrEnum):
    """In what form a mail is in S/MIME (RFC 8551 §3.2, §3.5): only the first leaves its text to be read."""

    SIGNED = "signed"
    SIGNED_WITHIN = "signed within"
    ENCRYPTED = "encrypted"


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A part as it was signed, byte for byte, and the detached signature over it (RFC 3156 §5)."""

    content: bytes
    signature: bytes


def signed_part(message: EmailMessage, content: bytes) -> Signed | None:
    """The signed part exactly as it came, where the whole mail is signed with OpenPGP (RFC 3156 §5)."""
    boundary = message.get_boundary()
    if message.get_content_type() != "multipart/signed" or boundary is None:
        return None
    if str(message.get_param("protocol", "")).lower() != "application/pgp-signature":
        return None
    whole = b"\r\n".join(content.replace(b"\r\n", b"\n").split(b"\n"))  # what was signed has CRLF at every line's end
    pieces = whole.split(b"\r\n--" + boundary.encode("ascii", "replace"))
    parts = list(message.iter_parts())
    if len(pieces) != 4 or len(parts) != 2:  # noqa: PLR2004 - what is before, two parts, the end
        return None
    return Signed(
        content=pieces[1].partition(b"\r\n")[2],
        signature=bytes(cast("EmailMessage", parts[1]).get_payload(decode=True) or b""),
    )


def encrypted_part(message: EmailMessage) -> bytes | None:
    """The encrypted message, where the whole mail is encrypted with OpenPGP (RFC 3156 §4)."""
    if message.get_content_type() != "multipart/encrypted":
        return None
    if str(message.get_param("protocol", "")).lower() != "application/pgp-encrypted":
        return None
    parts = list(message.iter_parts())
    if len(parts) != 2:  # noqa: PLR2004 - the control part and the data
        return None
    return bytes(cast("EmailMessage", parts[1]).get_payload(decode=True) or b"")


def smime_form(message: EmailMessage) -> Smime | None:
    """In what form the whole mail is in S/MIME, by what it says of itself; None where it is not."""
    kind = message.get_content_type().replace("/x-pkcs7", "/pkcs7")
    protocol = str(message.get_param("protocol", "")).lower().replace("/x-pkcs7", "/pkcs7")
    if kind == "multipart/signed" and protocol == "application/pkcs7-signature":
        return Smime.SIGNED
    if kind != "application/pkcs7-mime":
        return None
    within = str(message.get_param("smime-type", "")).lower() == "signed-data"
    return Smime.SIGNED_WITHIN if within else Smime.ENCRYPTED
