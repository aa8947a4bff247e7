"""Passwords: what one has to be, and how one is kept and compared (Argon2id, RFC 9106; NIST SP 800-63B-4 §3.1.1)."""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from leerp.errors import ServiceMissingError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 256
"""Characters of a password."""

PASSES = 3
LANES = 4
MEMORY_KIB = 64 * 1024
"""What a comparison costs: the second choice of RFC 9106 §4, for a machine that does other things too."""

MOST_AT_ONCE = 2
MOST_WAITING = 32
"""So many are compared at once, and so many wait for their turn."""

Result = TypeVar("Result")


class Passwords:
    """Keeps and compares passwords, a few at a time. A name that nobody has takes as long as one that somebody has."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0
        self._nobodys: str | None = None

    async def digest(self, password: str) -> str:
        """What is kept of a password; ServiceMissingError when too many are being compared."""
        return await self._in_turn(lambda: _hasher().hash(_plain(password)))

    async def matches(self, digest: str | None, password: str) -> bool:
        """Whether this is the password; without a digest it takes as long, and is not.

        Raises ServiceMissingError as `digest` does.
        """
        if self._nobodys is None:
            self._nobodys = await self.digest("nobody has this password")
        kept = digest or self._nobodys
        same = await self._in_turn(lambda: _same(kept, password if len(password) <= LONGEST else ""))
        return same and digest is not None

    def is_outdated(self, digest: str) -> bool:
        """Whether the digest was made at less cost than one made today."""
        return _hasher().check_needs_rehash(digest)

    async def _in_turn(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= MOST_WAITING:
            raise ServiceMissingError("the desk is comparing too many passwords; try again in a moment")
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def fault_of(password: str, *, person: str, name: str) -> str | None:
    """What is wrong with a password that somebody chooses; None if nothing is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters; a few words in a row are good."
    lowered = password.casefold()
    if person.casefold() in lowered or name.casefold() in lowered or len(set(password)) < SHORTEST // 2:
        return "This password is easy to guess; take one without your name in it, and of more than a few characters."
    return None


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 - a desk where nobody has a password does without

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def _same(digest: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 - as above

    try:
        return _hasher().verify(digest, _plain(password))
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> bytes:
    """The same bytes however a keyboard composes its letters."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")
