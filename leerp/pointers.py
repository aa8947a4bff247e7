"""Pointers: how two countries find out that their targets meet, without showing them to each other or to anybody.

A target is taken apart into what is compared of it (`leerp.selectors`), the domains over a domain and the prefixes
around an address included, and each piece becomes HMAC-SHA-256 under a key that only the centre and the countries of
one operation hold. Plain hashes would not do: all 2**32 IPv4 addresses are hashed in minutes.

- Without the key a token is 32 bytes that tell nothing but whether it equals another one made with the same key. The
  lists are filled up to a few fixed sizes with tokens that stand for nothing, and sorted, so that neither the number of
  targets nor their order shows beyond the size.
- *Whoever holds the key* and gets hold of tokens can try every address, every name on a list, and learn which are
  meant. So tokens go to the centre alone, never to another country and into no notice; the key is one operation's, and
  is replaced. A country that seals ever new actions on suspicion learns from the alerts which of its guesses another
  country holds too: each of these actions stands in the plan and in the journal under its name.
- The centre holds the key: it is trusted not to try. It compares what it was sent, and tells both owners whom to call.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from leerp.errors import BadInputError
from leerp.model import Identifier, Instant, Model
from leerp.observables import Observable
from leerp.selectors import Network, Selectors, selectors
from leerp.targets import Target

KEY_BYTES = 32
SIZES = (64, 256, 1_024, 4_096, 16_384)
"""How many tokens a list holds: the smallest that fits. Only this shows of how many targets there are."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_LISTS = {"same": "same", "named": "under", "above": "under", "who": "who"}
"""Each list with what its tokens are made for: those of `named` and of `above` are compared with each other."""


class OperationKey(Model):
    """The key of one operation, as the centre gives it to a country: a secret file.

    `operation`: the reference of the incident. `secret`: 32 bytes in hex. `key` tells a key from those before it.
    """

    format: Literal["leerp-operation-key-1"] = "leerp-operation-key-1"
    operation: Identifier
    key: Identifier
    secret: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    made_at: Instant


class SealedTargets(Model):
    """Targets as tokens: four lists of one size, each sorted. `key`: under which key of the operation.

    `same`: the things themselves. `named`: the same and the hosts of URLs. `above`: what they lie under. `who`: whom
    they point to. A token is 43 characters of base64url.
    """

    format: Literal["leerp-pointers-1"] = "leerp-pointers-1"
    key: Identifier
    same: tuple[str, ...]
    named: tuple[str, ...]
    above: tuple[str, ...]
    who: tuple[str, ...]

    @model_validator(mode="after")
    def _filled_up(self) -> "SealedTargets":
        lists = (self.same, self.named, self.above, self.who)
        if {len(one) for one in lists} - set(SIZES) or len({len(one) for one in lists}) > 1:
            raise ValueError("the lists of sealed targets have no size that `leerp plan seal` makes")
        tokens = all(_TOKEN.fullmatch(token) for one in lists for token in one)
        if not tokens or any(list(one) != sorted(set(one)) for one in lists):
            raise ValueError("the lists of sealed targets hold something else than sorted tokens")
        return self


class Pointers(NamedTuple):
    """The tokens of an action under one key, none of which stands for nothing but by chance; see `SealedTargets`."""

    key: str
    same: frozenset[str]
    named: frozenset[str]
    above: frozenset[str]
    who: frozenset[str]


def pointers(targets: Iterable[Observable | Target], key: OperationKey) -> Pointers:
    """The tokens of open targets, for comparing them with sealed ones; only who holds the key can."""
    parts = _parts(selectors(targets))
    secret = bytes.fromhex(key.secret)
    tokens = (frozenset(_token(secret, label, part) for part in parts[name]) for name, label in _LISTS.items())
    return Pointers(key.key, *tokens)


def opened(sealed: SealedTargets) -> Pointers:
    """The same of sealed targets, as they came; what fills them up meets nothing."""
    return Pointers(sealed.key, *(frozenset(getattr(sealed, name)) for name in _LISTS))


def seal(targets: Iterable[Observable | Target], *, key: OperationKey, nonce: bytes) -> SealedTargets:
    """Seal targets with an operation's key. `nonce`: 32 fresh random bytes, which nobody keeps.

    Raises BadInputError when there are none, or more than fit.
    """
    made = pointers(targets, key)
    if not made.named and not made.who:
        raise BadInputError("an action without targets has nothing to seal; add it as it is")
    longest = max(len(getattr(made, name)) for name in _LISTS)
    size = next((one for one in SIZES if longest <= one), None)
    if size is None:
        raise BadInputError(
            f"these targets make {longest} tokens, and at most {SIZES[-1]} are sealed; split the action"
        )
    if len(nonce) < KEY_BYTES:
        raise BadInputError(f"sealing takes {KEY_BYTES} random bytes")
    thrown_away = hmac.digest(nonce, repr([sorted(getattr(made, name)) for name in _LISTS]).encode(), hashlib.sha256)
    lists = {name: _filled(getattr(made, name), size, name, thrown_away) for name in _LISTS}
    return SealedTargets(key=key.key, **lists)


def _filled(tokens: frozenset[str], size: int, name: str, thrown_away: bytes) -> tuple[str, ...]:
    """Up to that size with tokens under a key that nobody keeps, which nobody can tell from the others."""
    filling = (_token(thrown_away, f"filling/{name}", str(number)) for number in range(size - len(tokens)))
    return tuple(sorted(tokens.union(filling)))


def _token(secret: bytes, label: str, part: str) -> str:
    digest = hmac.digest(secret, f"leerp-pointers-1\0{label}\0{part}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _parts(found: Selectors) -> dict[str, set[str]]:
    """What is sealed, list by list."""
    marks = {"\0".join(mark) for mark in found.named}
    held = {_text(one) for one in (*found.networks, *found.hosts)}
    around = {_text(wider) for one in (*found.networks, *found.hosts) for wider in one.above}
    return {
        "same": {"\0".join(mark) for mark in found.exact} | {_text(one) for one in found.networks},
        "named": marks | held,
        "above": {"\0".join(mark) for mark in found.above} | around,
        "who": {"\0".join(mark) for mark in found.actors},
    }


def _text(network: Network) -> str:
    return f"ip{network.version}\0{network.first:x}/{network.length}"
