"""A page's commands with what they print, and comparing that with what they really print."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n\$ leerp (?P<command>[^\n]*)\n(?P<printed>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"\b(?:[NRC]-[0-9a-f]{20}|LEERP-\d{4}-\d{4})\b")
_VARIES = re.compile(
    r"(?P<name>\b(?:[NRC]-[0-9a-f]{20}|LEERP-\d{4}-\d{4})\b)"
    r"|(?P<number>(?<=entry )\d+|\d+(?= entries))"
    r"|(?P<rest>…)"
    r"|(?P<space> +)"
)


@dataclass(frozen=True)
class Step:
    """One command of a page, and what the page says it prints."""

    words: tuple[str, ...]
    printed: str


def steps(page: Path) -> list[Step]:
    """The commands of a page in their order."""
    return list(_steps(page.read_text(encoding="utf-8")))


def _steps(text: str) -> Iterator[Step]:
    for block in _BLOCK.finditer(text):
        yield Step(tuple(shlex.split(block["command"])), block["printed"])


class Names:
    """The page's references and ids, each with the one it has in this run."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def here(self, text: str) -> str:
        """A text of the page with the names of this run."""
        return _NAME.sub(lambda found: self._known.get(found[0], found[0]), text)

    def agree(self, printed: str, said: str) -> bool:
        """Whether a command said what the page has it print; learns the names that stand there for the first time.

        `…` stands for anything; numbers of journal entries and widths of columns may differ.
        """
        found = re.fullmatch(self._pattern(printed), _tidy(said))
        if found is None:
            return False
        new = [name for name in dict.fromkeys(_NAME.findall(printed)) if name not in self._known]
        self._known |= {name: found[_group(name)] for name in new}
        return True

    def _pattern(self, printed: str) -> str:
        pieces, end, seen = [], 0, set[str]()
        text = _tidy(printed)
        for found in _VARIES.finditer(text):
            pieces += [re.escape(text[end : found.start()]), self._piece(found, seen)]
            end = found.end()
        return "".join([*pieces, re.escape(text[end:])])

    def _piece(self, found: re.Match[str], seen: set[str]) -> str:
        if found["number"]:
            return r"\d+"
        if found["rest"]:
            return r"(?s:.*)"
        if found["space"]:
            return " +"
        name = found["name"]
        if name in self._known:
            return re.escape(self._known[name])
        if name in seen:
            return f"(?P={_group(name)})"
        seen.add(name)
        return f"(?P<{_group(name)}>{_NAME.pattern})"


def _group(name: str) -> str:
    return name.replace("-", "_")


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
