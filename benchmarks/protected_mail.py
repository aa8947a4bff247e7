"""Mail that is signed and encrypted, for `launch_over_smtp`: the keys, and what the library alone needs for it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from pysequoia import Cert, SignatureMode, Tsk, encrypt, sign

from leerp.keys import KeyFile, KeyKind
from leerp.stakeholders import ContactPoint
from tests.mail_sink import Recorded
from tests.many_channels import respread

PROTECTIONS = ("none", "sign", "encrypt")
SAMPLE = 500
"""So many messages at most are made with the library alone."""

ARMOUR = 4 / 3
"""How much longer an encrypted text is than what is in it."""


def protect(home: Path, protection: str, *, sender: str) -> Tsk:
    """Have the mail channel sign, or sign and encrypt for everybody; the centre's key.

    Every reader has a key of its own, so that nothing found out about one of them spares work for the next.
    """
    centre = Tsk.generate(f"ECC <{sender}>")
    config = home / "config"
    secret = config / "openpgp.asc"
    secret.touch(mode=0o600)
    secret.write_text(str(centre))
    (config / "keys").mkdir(exist_ok=True)
    pinned_at = datetime.now(UTC)

    def contact(number: int) -> ContactPoint:
        certificate, file = _reader_certificate(), f"reader-{number}.asc"
        (config / "keys" / file).write_text(str(certificate))
        key = KeyFile(kind=KeyKind.OPENPGP, fingerprint=certificate.fingerprint.lower(), pinned_at=pinned_at, file=file)
        return ContactPoint(channel="mail", address=f"desk-{number}@readers.example", key=key)

    mail = json.loads((config / "channels.yaml").read_text())["channels"]["mail"]
    mail |= {"sign": "openpgp", "signing_key_file": "openpgp.asc"}
    mail |= {"encrypt": "always"} if protection == "encrypt" else {}
    respread(home, contact=contact, channels={"mail": mail})
    return centre


def library_seconds(centre: Tsk, protection: str, messages: Iterator[Recorded], *, number: int) -> float:
    """Seconds that the library needs to sign, or to sign and encrypt, so many texts as long as these messages.

    One after another, with everything parsed before; measured on the first of them.
    """
    sample = [one.content for one in islice(messages, SAMPLE)]
    reader = _reader_certificate()
    signer = centre.signer()
    begun = time.perf_counter()
    for content in sample:
        if protection == "sign":
            sign(signer, content, mode=SignatureMode.DETACHED)
        else:
            encrypt(content[: int(len(content) / ARMOUR)], [reader], signer=signer)
    return (time.perf_counter() - begun) * number / len(sample)


def _reader_certificate() -> Cert:
    return Tsk.generate("Reader <desk@readers.example>").extract_certificate()
