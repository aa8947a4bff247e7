"""DKIM (RFC 6376): the sender's domain vouches for a message as it leaves, header and content.

The arithmetic is that of `cryptography`: RSA in Python would hold up everything else for many milliseconds a message.
There is no time in the signature, so the same message has the same one on every attempt.
"""

import base64
import hashlib
import re
from textwrap import wrap

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from leerp.errors import BadInputError
from notifications.channels.secrets import read_secret
from notifications.channels.smtp.settings import DkimSettings

_SIGNED = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)
"""What the signature covers, each once more than it is there: nobody can add one (RFC 6376 §8.15)."""

_LEAST_RSA_BITS = 2048
"""RFC 8301 §3.2."""

_LINE = 72


class DomainKey:
    """Signs for a domain."""

    def __init__(self, settings: DkimSettings) -> None:
        """BadInputError if there is no RSA key of 2048 bits or more in the file."""
        self._about = f"d={settings.domain.lower()}; s={settings.selector};"
        content = read_secret(settings.key_file)
        try:
            key = load_pem_private_key(content, None)
        except (ValueError, TypeError) as error:  # TypeError: it has a password
            raise BadInputError(
                f"{settings.key_file}: holds no private key in PEM without a password; put the DKIM key there"
            ) from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _LEAST_RSA_BITS:
            raise BadInputError(f"{settings.key_file}: a DKIM key is RSA of {_LEAST_RSA_BITS} bits or more")
        self._key = key

    def field(self, message: bytes) -> bytes:
        """The header field to put before a message that has each field once, with its line end."""
        header, _, body = message.partition(b"\r\n\r\n")
        fields = [_relaxed_field(field) for field in re.split(rb"\r\n(?![ \t])", header)]
        there = {field.partition(b":")[0].decode(): field for field in fields}
        names = [name for name in _SIGNED for _ in range(2 if name.lower() in there else 1)]
        digest = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
        unsigned = "\r\n\t".join(
            [
                f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; {self._about}",
                *wrap("h=" + " : ".join(names) + ";", _LINE, break_on_hyphens=False),
                f"bh={digest};",
                "b=",
            ]
        ).encode("ascii")
        signed = [there[name.lower()] for name in _SIGNED if name.lower() in there]
        signature = self._key.sign(b"\r\n".join([*signed, _relaxed_field(unsigned)]), PKCS1v15(), hashes.SHA256())
        return unsigned + "\r\n\t".join(wrap(base64.b64encode(signature).decode(), _LINE)).encode("ascii") + b"\r\n"


def _relaxed_field(field: bytes) -> bytes:
    """RFC 6376 §3.4.2, without the line end."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.split())


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4."""
    lines = re.sub(rb"[ \t]+(?=\r\n)", b"", re.sub(rb"[ \t]+", b" ", body + b"\r\n"))
    ending = lines.rstrip(b"\r\n")
    return ending + b"\r\n" if ending else b""
