"""MIME entities that hold others, written by hand: a signature covers bytes, so no library may lay them out anew."""

import base64
import hashlib
from textwrap import wrap


def multipart(kind: str, parts: tuple[bytes, ...], **parameters: str) -> bytes:
    """An entity `multipart/kind` with these parts as they are. The same parts and parameters give the same bytes."""
    boundary = "=_p_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    told = "".join(f';\r\n {name}="{value}"' for name, value in (parameters | {"boundary": boundary}).items())
    delimiter = f"--{boundary}".encode()
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    return f"Content-Type: multipart/{kind}{told}\r\n\r\n".encode() + body + delimiter + b"--\r\n"


def attached(content: bytes, media_type: str, *, name: str) -> bytes:
    """An entity of this media type with its content in base64."""
    fields = [
        f"Content-Type: {media_type};\r\n name={name}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment; filename={name}",
        "",
        *wrap(base64.b64encode(content).decode("ascii"), 76),
    ]
    return "\r\n".join(fields).encode("ascii")


def repeated(header: bytes, *, inside: bytes, outside: bool) -> bytes:
    """An entity with the message's header in it, so that a signature covers that too (RFC 9788).

    `outside`: what of the header can be read from outside is listed too, as an encrypted message has to: all of it.
    """
    fields = header.removesuffix(b"\r\n").replace(b"\r\n ", b"\0").split(b"\r\n")
    copies = b"".join(b"HP-Outer: " + field + b"\r\n" for field in fields) if outside else b""
    return header + copies.replace(b"\0", b"\r\n ") + inside
