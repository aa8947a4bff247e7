"""Sessions of the desk: begun with a one-time token, kept as a signed cookie for as long as the process lives."""

import hashlib
import hmac
import secrets
from pathlib import Path


class Sessions:
    """`token_file` holds the one-time token; it is removed when it is used. `secret` signs the cookies."""

    def __init__(self, token_file: Path, *, secret: bytes) -> None:
        self._token_file = token_file
        self._secret = secret

    def begin(self, token: str) -> str | None:
        """A session for whoever brings the token, once."""
        try:
            wanted = self._token_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        if not wanted or not hmac.compare_digest(wanted.encode(), token.encode()):
            return None
        self._token_file.unlink(missing_ok=True)
        name = secrets.token_urlsafe(18)
        return f"{name}.{self._sign(name)}"

    def valid(self, session: str | None) -> bool:
        """Whether a cookie is one of ours."""
        name, _, signature = (session or "").partition(".")
        return bool(name) and hmac.compare_digest(self._sign(name).encode(), signature.encode())

    def _sign(self, name: str) -> str:
        return hmac.new(self._secret, name.encode(), hashlib.sha256).hexdigest()
