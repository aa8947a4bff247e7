"""What an incident waits for, as one person at the desk sees it: what is this person's to do stands first."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from desk.access.acts import DeskAct, may
from desk.access.principals import Principal
from leerp.protocol import ActName

_ACTS = re.compile(r"\(([a-z_ ,-]+)\)\s*$")
_OTHER = {
    "contribute": DeskAct.TAKE_CONTRIBUTION,
    "contribution confirm": DeskAct.TAKE_CONTRIBUTION,
    "acknowledge": DeskAct.RECORD_ACKNOWLEDGEMENT,
    "hits permit": DeskAct.ANSWER_HIT,
    "question answer": DeskAct.ANSWER_QUESTION,
}
"""Acts that waits name and that are no acts of the protocol."""


class WaitLine(NamedTuple):
    """A wait in words. `mine`: this person may do it, and is not the one who proposed it. `acts`: which do it."""

    words: str
    mine: bool
    acts: tuple[ActName, ...] = ()


def waits_of(lines: Iterable[str], principal: Principal) -> list[WaitLine]:
    """The waits, those of this person first, otherwise in their order."""
    read = [_read(line, principal) for line in lines]
    return sorted(read, key=lambda one: not one.mine)


def _read(line: str, principal: Principal) -> WaitLine:
    found = _ACTS.search(line)
    names = [name.strip() for name in found[1].split(",")] if found else []
    if (not names and "to be released" in line) or "to be approved" in line:
        names = ["release"]
    acts = tuple(act for name in names if (act := _act(name)))
    others = (_OTHER[name] for name in names if name in _OTHER)
    allowed = any(may(principal.roles, act) for act in acts) or any(may(principal.roles, act) for act in others)
    own = f"proposed by {principal.id}" in line
    return WaitLine(line, allowed and not own, acts)


def _act(words: str) -> ActName | None:
    first = words.partition(" --")[0]
    try:
        return ActName(first.replace(" ", "_").replace("-", "_"))
    except ValueError:
        try:
            return ActName(first.partition(" ")[0])
        except ValueError:
            return None
