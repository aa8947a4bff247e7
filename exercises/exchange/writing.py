"""Writing a scenario file: YAML 1.2, with what was not carried over as comments at its top."""

import io
import re
from collections.abc import Iterable
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from exercises.exchange.remarks import Remark, lines_of
from leerp.formats.texts import shown

MAX_COMMENTS = 2_000
_ORDER = ("number", "at", "branch", "kind", "from", "to", "delivery", "description", "expected", "objective", "sources")
_SIGNED = re.compile(r"[+-]\d")


class _Representer(RoundTripRepresenter):
    """What writes a value out wherever it stands, for a scenario has no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        """Never write a reference."""
        del data
        return True


def scenario_yaml(document: dict[str, Any], *, remarks: Iterable[Remark], heading: str) -> bytes:
    """The file. `heading`: its first comment."""
    writer = YAML(typ="rt")
    writer.Representer = _Representer
    writer.width = 120
    writer.allow_unicode = True
    writer.indent(mapping=2, sequence=4, offset=2)
    written = io.StringIO()
    injects = [_in_order(one) for one in document["injects"]]
    writer.dump(_quoted(document | {"injects": injects}), written)
    lines = list(lines_of(remarks))
    comments = [heading, *lines[:MAX_COMMENTS]]
    if len(lines) > MAX_COMMENTS:
        comments.append(f"… and {len(lines) - MAX_COMMENTS:,} more, which the answer of the command lists")
    return ("".join(_comment(one) for one in comments) + "\n" + written.getvalue()).encode()


def _in_order(inject: dict[str, Any]) -> dict[str, Any]:
    """The keys of an inject in the order in which people write them."""
    first = [key for key in _ORDER if key in inject]
    return {key: inject[key] for key in (*first, *(key for key in inject if key not in first))}


def _comment(text: str) -> str:
    indent = " " * (len(text) - len(text.lstrip(" ")))
    return f"# {indent}{shown(text, limit=400)}\n"


def _quoted(value: Any) -> Any:  # noqa: ANN401 - any part of a scenario
    """Offsets quoted, which a reader of YAML 1.1 would take for numbers."""
    if isinstance(value, dict):
        return {key: _quoted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_quoted(one) for one in value]
    return DoubleQuotedScalarString(value) if isinstance(value, str) and _SIGNED.match(value) else value
