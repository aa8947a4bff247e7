"""A notice as a PDF document: PDF/A-2a to keep, PDF/UA-1 to be read aloud.

The layout is a Typst document; what the notice says is handed over as data and never read as Typst. The typesetter gets
no folder to read from, no fonts but its own, and the time of the notice for the time of the document, so that the same
view gives the same bytes on every machine and every day.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from pydantic import Field, JsonValue

from leerp.formats.strict import shipped_model
from leerp.model import Line, Model
from leerp.notices import NoticeKind, Relation, VariantFile
from notifications import typesetting
from notifications.templating import environment, statement
from notifications.view import HandlingView, Paragraph, SectionView, View, fold

_SHELF = "notices"


class Characters(Model):
    """The characters that a document can show: `notices/characters.yaml`. `ranges`: code points in hexadecimal."""

    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    ranges: str

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """The first and the last code point of each range."""
        ends = [item.split("-") for item in self.ranges.split()]
        return [(int(pair[0], 16), int(pair[-1], 16)) for pair in ends]


def make(view: View) -> VariantFile:
    """`message.pdf`. ServiceMissingError if there is no typesetter, BadInputError if it refuses the notice."""
    return begin(view)()


def begin(view: View) -> Callable[[], VariantFile]:
    """Have `message.pdf` set, by another process; what is returned waits for it. Both raise as `make` does."""
    refusal = f"notice {view.notice}: no PDF can be made of it; send it in another form"
    setting = _begin(_source(view.kind), inputs={"notice": _said(view)}, at=view.issued_at, refusal=refusal)
    return lambda: VariantFile(name="message.pdf", media_type="application/pdf", content=setting())


def typeset(document: bytes, *, inputs: Mapping[str, JsonValue], at: datetime, refusal: str) -> Callable[[], bytes]:
    """Have a document of another kind set on the layout of the notices, in the same standards and fonts.

    `inputs`: what the document shows, by name, every text in characters that can be shown; `notice` is its
    `letterhead`. `at`: the time of the document. What is returned waits for the document, and raises BadInputError with
    the sentence `refusal` if it cannot be set.
    """
    layout = (resources.files("notifications") / _SHELF / "layout.typ").read_bytes()
    return _begin(layout + b"\n" + document, inputs=inputs, at=at, refusal=refusal)


def letterhead(*, banner: str, incident: str, document: str, exercise: bool) -> dict[str, JsonValue]:
    """What the layout shows at the top and at the bottom of each page of a document that is no notice."""
    return {
        "exercise": exercise,
        "banner": shown(banner),
        "incident": shown(incident),
        "notice": shown(document),
        "issued_at": "",
        "issuer": "",
    }


def _begin(source: bytes, *, inputs: Mapping[str, JsonValue], at: datetime, refusal: str) -> Callable[[], bytes]:
    told = {name: json.dumps(value) for name, value in inputs.items()}
    return typesetting.begin(typesetting.Document(source, told, at, refusal)).result


def shown(text: str) -> str:
    """The text in characters that a document can show; the others as their code points, as in [U+4E2D U+6587]."""
    accented, unshown = _patterns()
    return unshown.sub(_code_points, accented.sub(_composed, text.expandtabs(4)))


def characters() -> Characters:
    """The characters that the fonts of the typesetter have."""
    content = (resources.files("notifications") / _SHELF / "characters.yaml").read_bytes()
    return shipped_model(Characters, content, name="characters.yaml")


def _said(view: View) -> dict[str, JsonValue]:
    """What the layout shows, every text in characters that can be shown."""
    return {
        "exercise": view.exercise,
        "banner": shown(view.banner),
        "subject": shown(view.subject),
        "titles": [shown(title) for title in view.titles if title],  # a heading must not be empty (PDF/UA)
        "lead": statement("recall") if view.relation is Relation.RECALLS else statement("lead", of=view.kind.value),
        "incident": view.incident,
        "notice": view.notice,
        "issued_at": environment().filters["utc"](view.issued_at),
        "issuer": shown(fold(view.issuer)),
        "relation": view.relation.value if view.relation else None,
        "earlier": view.earlier,
        "minutes": view.acknowledge_within_minutes,
        "sections": [_section(section) for section in view.sections],
    }


def _section(section: SectionView) -> dict[str, JsonValue]:
    return {
        "heading": _words().headings[section.name],
        "paragraphs": [_paragraph(paragraph) for paragraph in section.paragraphs],
    }


def _paragraph(paragraph: Paragraph) -> dict[str, JsonValue]:
    return {
        "number": str(paragraph.number),
        "banner": shown(paragraph.banner),
        "grade": paragraph.grade,
        "handling": [_handling(handling) for handling in paragraph.handling],
        "text": shown(paragraph.text),
    }


def _handling(handling: HandlingView) -> dict[str, JsonValue]:
    text = handling.text or _words().rules[handling.code]
    return {"code": handling.code, "provider": handling.provider, "text": shown(text)}


@cache
def _words() -> Any:  # noqa: ANN401 - whatever words.txt sets
    """The words that the layouts of all forms share."""
    return environment().get_template("words.txt").module


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A letter with what may be its accents, and a run of what cannot be shown.

    No more than four accents: sorting them takes time that grows with the square of their number.
    """
    known = "\n" + "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in characters().bounds)
    return re.compile(f"[{known}][^{known}]{{1,4}}"), re.compile(f"[^{known}]+")


def _composed(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", found[0])


def _code_points(found: re.Match[str]) -> str:
    return f"[{' '.join(f'U+{ord(character):04X}' for character in found[0])}]"


@cache
def _source(kind: NoticeKind) -> bytes:
    """The layout and the document of this kind, as one source, so that neither needs to read the other."""
    shelf = resources.files("notifications") / _SHELF
    return (shelf / "layout.typ").read_bytes() + b"\n" + (shelf / kind.value / "document.typ").read_bytes()
