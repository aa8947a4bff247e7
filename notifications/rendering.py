"""Rendering: from a whole notice to what one reader gets of it over one channel.

The bytes depend on the portions this reader may see there, and on nothing else of the notice's content: number, order
and kind of the others leave no trace (DESIGN rule 4). Readers who may see the same portions share the same bytes, so
a notice to thousands is rendered a few times.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import rfc8785
from pydantic import JsonValue

from leerp.marking import Consent, Level, Marking, Reader, WithheldReason, join_all, refusal
from leerp.model import iso
from leerp.notices import Mode, Notice, NoticeKind, Portion, Section, Variant, VariantFile
from notifications.templating import environment

STRUCTURAL = frozenset({Section.TITLE, Section.ASK, Section.CONTACT})
"""Sections that say only that there is a notice, what it asks for, and whom to call."""

STRUCTURE_SUFFICES = frozenset({NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL})
"""Kinds that say enough by their structure: that the protocol is launched, and whom to call."""

FORMAT = "leerp-notice-1"
"""The format of `notice.json`."""

_LONGEST_SUBJECT = 256

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing: neither may reach a reader's screen."""


@dataclass(frozen=True, kw_only=True)
class HandlingView:
    """One handling code as the templates see it."""

    code: str
    provider: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """One portion as the templates see it, numbered among those this reader sees."""

    number: int
    text: str
    banner: str
    handling: tuple[HandlingView, ...]
    grade: str | None


@dataclass(frozen=True, kw_only=True)
class SectionView:
    """One section with its paragraphs; a section without any is not there."""

    name: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True, kw_only=True)
class _Rendered:
    """What all readers who may see the same portions get."""

    marking: Marking
    subject: str
    files: tuple[VariantFile, ...]


def render(
    notice: Notice,
    reader: Reader,
    *,
    channel: str,
    maximum: Level | None,
    at: datetime,
    consents: Collection[Consent] = (),
) -> Variant | WithheldReason:
    """What this reader gets of the notice over the channel, or why it gets nothing.

    `maximum`: the channel's accredited level, None if it has none. `at`: when the clearance must hold.
    Called again with the very same notice, it renders only what has not been rendered before.
    """
    return _renderer(_Itself(notice)).variant(reader, channel=channel, maximum=maximum, at=at, consents=consents)


class Renderer:
    """Renders one notice for many readers, each set of visible portions once.

    Every variant with the same visible portions holds the very same file objects, so that they need hashing only once.
    """

    def __init__(self, notice: Notice) -> None:
        self._notice = notice
        self._markings = tuple(dict.fromkeys(portion.marking for portion in notice.portions))
        self._structural = _markings(notice, structural=True)
        self._substantial = _markings(notice, structural=False)
        self._rendered: dict[frozenset[Marking], _Rendered] = {}

    def variant(
        self,
        reader: Reader,
        *,
        channel: str,
        maximum: Level | None,
        at: datetime,
        consents: Collection[Consent] = (),
    ) -> Variant | WithheldReason:
        """What this reader gets over the channel, or why it gets nothing; see `render`."""
        refusals = {
            marking: refusal(
                marking,
                reader,
                channel_maximum=maximum,
                consents=consents,
                restrictions_read=self._notice.restrictions_read,
                at=at,
            )
            for marking in self._markings
        }
        permitted = frozenset(marking for marking, reason in refusals.items() if reason is None)
        if not self._worth_sending(permitted):
            return _reason(refusals[marking] for marking in self._missing(permitted))
        rendered = self._rendered.get(permitted)
        if rendered is None:
            rendered = self._rendered[permitted] = self._render(permitted)
        return Variant(
            notice=self._notice.id,
            reader=reader.id,
            channel=channel,
            marking=rendered.marking,
            subject=rendered.subject,
            files=rendered.files,
        )

    def _worth_sending(self, permitted: frozenset[Marking]) -> bool:
        """Always something of the structure, so that who is told of the launch can be told of the closure too."""
        if not permitted & self._structural:
            return False
        return self._notice.kind in STRUCTURE_SUFFICES or bool(permitted & self._substantial)

    def _missing(self, permitted: frozenset[Marking]) -> Iterable[Marking]:
        """What this reader would have to be permitted: the structure if not even that is, else the substance."""
        if permitted & self._structural:
            return self._substantial
        return self._structural or self._substantial

    def _render(self, permitted: frozenset[Marking]) -> _Rendered:
        visible = tuple(portion for portion in self._notice.portions if portion.marking in permitted)
        marking = join_all(portion.marking for portion in visible)
        values = _values(self._notice, visible, marking)
        folder = self._notice.kind.value
        subject = fold(_fill(f"{folder}/subject.txt", values), longest=_LONGEST_SUBJECT)
        values["subject"] = subject
        files = (
            VariantFile(
                name="message.txt",
                media_type="text/plain; charset=utf-8",
                content=_fill(f"{folder}/body.txt", values).encode(),
            ),
            VariantFile(
                name="message.html",
                media_type="text/html; charset=utf-8",
                content=_fill(f"{folder}/body.html", values).encode(),
            ),
            VariantFile(
                name="notice.json",
                media_type="application/json",
                content=rfc8785.dumps(_machine_form(self._notice, visible, marking, subject)),
            ),
        )
        return _Rendered(marking=marking, subject=subject, files=files)


class _Itself:
    """A notice as a key that is equal to itself alone, so that looking it up reads none of its portions."""

    def __init__(self, notice: Notice) -> None:
        self.notice = notice

    def __hash__(self) -> int:
        return id(self.notice)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.notice is self.notice


@lru_cache(maxsize=4)
def _renderer(key: _Itself) -> Renderer:
    return Renderer(key.notice)


def _markings(notice: Notice, *, structural: bool) -> frozenset[Marking]:
    return frozenset(portion.marking for portion in notice.portions if (portion.section in STRUCTURAL) is structural)


def _reason(refusals: Iterable[WithheldReason | None]) -> WithheldReason:
    """The one reason behind all these refusals; if there are several or none, that there is nothing to read."""
    reasons = set(refusals)
    only = reasons.pop() if len(reasons) == 1 else None
    return only or WithheldReason.NOTHING_TO_READ


def clean(text: str) -> str:
    """Text for a screen: one kind of line end, no control characters, nothing that turns the direction of writing."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("\n", text))


def fold(text: str, *, longest: int | None = None) -> str:
    """Text on one line, cut with an ellipsis if it is longer than that many characters."""
    line = " ".join(clean(text).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


def _fill(template: str, values: dict[str, object]) -> str:
    return environment().get_template(template).render(values)


def _values(notice: Notice, visible: tuple[Portion, ...], marking: Marking) -> dict[str, object]:
    """What the templates may use: the visible portions, and what every reader of the notice may know of it."""
    titles = [
        (portion, fold(portion.text, longest=_LONGEST_SUBJECT))
        for portion in visible
        if portion.section is Section.TITLE
    ]
    return {
        "exercise": notice.mode is Mode.EXERCISE,
        "banner": fold(marking.banner),
        "level": marking.level.full,
        "tlp": marking.tlp.value,
        "titles": tuple(title for _, title in titles),
        "heading": next(
            (title for portion, title in titles if portion.marking.level.rank <= Level.BPL.rank),
            None,  # a subject line stays unclassified (2013/488/EU Annex III(13))
        ),
        "sections": _sections(visible),
        "incident": notice.incident,
        "notice": notice.id,
        "issued_at": notice.issued_at,
        "issuer": fold(notice.issuer),
        "minutes": notice.acknowledge_within_minutes,
    }


def _sections(visible: tuple[Portion, ...]) -> tuple[SectionView, ...]:
    """The visible portions in the order of the sections, numbered through."""
    found = []
    number = 0
    for section in Section:
        paragraphs = []
        for portion in visible:
            if portion.section is section and section is not Section.TITLE:
                number += 1
                paragraphs.append(_paragraph(number, portion))
        if paragraphs:
            found.append(SectionView(name=section.value, paragraphs=tuple(paragraphs)))
    return tuple(found)


def _paragraph(number: int, portion: Portion) -> Paragraph:
    return Paragraph(
        number=number,
        text=clean(portion.text),
        banner=fold(portion.marking.banner),
        handling=tuple(
            HandlingView(code=item.code.value, provider=item.provider, text=clean(item.text))
            for item in portion.marking.handling
        ),
        grade=str(portion.grade) if portion.grade else None,
    )


def _machine_form(notice: Notice, visible: tuple[Portion, ...], marking: Marking, subject: str) -> dict[str, JsonValue]:
    """`notice.json`: the visible portions, exactly as they are, and what every reader of the notice may know of it."""
    return {
        "format": FORMAT,
        "notice": notice.id,
        "incident": notice.incident,
        "kind": notice.kind.value,
        "mode": notice.mode.value,
        "issued_at": iso(notice.issued_at),
        "issuer": notice.issuer,
        "acknowledge_within_minutes": notice.acknowledge_within_minutes,
        "subject": subject,
        "marking": _machine_marking(marking),
        "portions": [
            {
                "section": portion.section.value,
                "text": portion.text,
                "marking": _machine_marking(portion.marking),
                "grade": portion.grade.model_dump(mode="json") if portion.grade else None,
            }
            for portion in visible
        ],
    }


def _machine_marking(marking: Marking) -> dict[str, JsonValue]:
    return {"banner": marking.banner, **marking.model_dump(mode="json")}
