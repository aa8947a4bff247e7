"""Sessions of the desk: begun with a one-time token, kept as a signed cookie for twelve hours."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

LIFETIME = timedelta(hours=12)
"""How long a session lasts: a shift."""


def new_link(folder: Path) -> str:
    """A fresh one-time token, in place of one that nobody used; the file is for this user alone."""
    token = secrets.token_urlsafe(24)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sign-in"
    path.touch(mode=0o600)
    path.write_text(token, encoding="utf-8")
    return token


class Sessions:
    """`folder` holds the one-time token and the key that signs the cookies, so that a restart ends no session."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime]) -> None:
        self._token_file = folder / "sign-in"
        self._key = _key(folder)
        self._clock = clock

    def begin(self, token: str) -> str | None:
        """A session for whoever brings the token, once."""
        try:
            wanted = self._token_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        if not wanted or not hmac.compare_digest(wanted.encode(), token.encode()):
            return None
        self._token_file.unlink(missing_ok=True)
        until = int((self._clock() + LIFETIME).timestamp())
        name = f"{secrets.token_urlsafe(18)}~{until}"
        return f"{name}.{self._sign(name)}"

    def valid(self, session: str | None) -> bool:
        """Whether a cookie is one of ours and its time has not passed."""
        name, _, signature = (session or "").partition(".")
        if not name or not hmac.compare_digest(self._sign(name).encode(), signature.encode()):
            return False
        return int(name.rpartition("~")[2]) > self._clock().timestamp()

    def _sign(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()


def _key(folder: Path) -> bytes:
    path = folder / "session-key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path.read_bytes()
