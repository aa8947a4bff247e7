"""Verifies and decrypts mail with GnuPG, each time in a keyring of its own that holds the keys in question alone.

GnuPG and not the library that signs what goes out: it opens what other GnuPGs make, which is compressed by default.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import gnupg

from leerp.errors import BadInputError, ServiceMissingError
from leerp.formats.mail_signed import Signed
from leerp.keys import Key, KeyKind

MOST_BYTES = 28 * 1024 * 1024
"""The most that a mail is decrypted and decompressed to."""

_OPTIONS = ["--no-auto-key-locate", "--no-auto-key-retrieve", "--disable-dirmngr", "--weak-digest", "SHA1"]
"""Nothing is fetched from anywhere, and SHA-1 proves nothing."""


class Signature(NamedTuple):
    """A good signature: the fingerprint of the pinned key that made it, and when it says it did."""

    fingerprint: str
    made_at: datetime | None


class Opened(NamedTuple):
    """What was encrypted, and the good signature that was within."""

    content: bytes
    signature: Signature | None


class SecretKey(NamedTuple):
    """The centre's secret key, armoured, and its password."""

    armoured: bytes
    password: str | None


def verify(signed: Signed, keys: Sequence[Key], *, at: datetime) -> Signature | None:
    """The signature by one of these keys; None if none of them made it. `at`: when a key must not have expired."""
    usable = _usable(keys, at)
    if not usable:
        return None
    with _keyring(usable) as (gpg, home):
        file = home / "signature"
        file.write_bytes(signed.signature)
        return _signature(gpg.verify_data(str(file), signed.content), usable)


def decrypt(content: bytes, secret: SecretKey, keys: Sequence[Key], *, at: datetime) -> Opened:
    """What is in an encrypted message. BadInputError if it is not for this key, or broken, or far too large."""
    usable = _usable(keys, at)
    with _keyring(usable, secret) as (gpg, _):
        limit = ["--max-output", str(MOST_BYTES)]
        opened = gpg.decrypt(content, always_trust=True, passphrase=secret.password, extra_args=limit)
        if not opened.ok:
            raise BadInputError("encrypted, and the key of the centre does not open it; ask for it once more")
        return Opened(bytes(opened.data), _signature(opened, usable))


def _usable(keys: Sequence[Key], at: datetime) -> list[Key]:
    return [key for key in keys if key.kind is KeyKind.OPENPGP and (key.expires_at is None or at < key.expires_at)]


@contextmanager
def _keyring(keys: Sequence[Key], secret: SecretKey | None = None) -> Iterator[tuple[Any, Path]]:
    """GnuPG with a home that holds these keys alone and is gone afterwards."""
    if shutil.which("gpg") is None:
        raise ServiceMissingError("GnuPG is not installed, and signed or encrypted mail waits for it; install gpg")
    with tempfile.TemporaryDirectory(prefix="lg-") as folder:
        gpg = gnupg.GPG(gnupghome=folder, options=_OPTIONS)
        try:
            for key in keys:
                gpg.import_keys(key.certificate)
            if secret is not None and not gpg.import_keys(secret.armoured, passphrase=secret.password).count:
                raise ServiceMissingError("the decryption_key_file holds no OpenPGP key that GnuPG can read")
            yield gpg, Path(folder)
        finally:
            if secret is not None:
                _end_agent(folder)


def _end_agent(folder: str) -> None:
    """End the agent that GnuPG has started for the secret key."""
    words = ["gpgconf", "--homedir", folder, "--kill", "gpg-agent"]
    subprocess.run(words, check=False, capture_output=True, timeout=10)  # noqa: S603 - our own words


def _signature(found: Any, keys: Sequence[Key]) -> Signature | None:  # noqa: ANN401 - an untyped library
    """A signature that holds, by a key that is pinned: GnuPG says which primary key it was."""
    if not found.valid:
        return None
    made_by = str(found.pubkey_fingerprint or found.fingerprint or "").lower()
    if made_by not in {key.fingerprint for key in keys}:
        return None
    stamp = str(found.sig_timestamp or "")
    return Signature(made_by, datetime.fromtimestamp(int(stamp), UTC) if stamp.isdecimal() else None)
