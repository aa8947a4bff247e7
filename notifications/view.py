"""A notice as one reader may see it: what every form is made from, and all that any form may know.

Nothing of what a reader may not see is in here, not even how much of it there is (DESIGN rule 4).
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from leerp.marking import Level, Marking, join_all
from leerp.notices import Mode, Notice, NoticeKind, Portion, Relation, Section
from notifications.templating import environment

LONGEST_SUBJECT = 256

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
class View:
    """The portions a reader may see, and what every reader of the notice may know of it.

    `portions`: exactly as they are; `titles`, `sections`: the same, cleaned for a screen. `heading`: a title that may
    stand in a subject line, which stays unclassified (2013/488/EU Annex III(13)); None if there is none.
    `earlier`: the notice that this one replaces, corrects or recalls, if this reader was sent it; `earlier_at`: when it
    was issued, as that reader knows from it.
    """

    notice: str
    incident: str
    kind: NoticeKind
    mode: Mode
    issued_at: datetime
    issuer: str
    acknowledge_within_minutes: int | None
    relation: Relation | None
    earlier: str | None
    earlier_at: datetime | None
    marking: Marking
    portions: tuple[Portion, ...]
    titles: tuple[str, ...]
    heading: str | None
    sections: tuple[SectionView, ...]
    subject: str

    @property
    def exercise(self) -> bool:
        """Whether every form must say that this is an exercise."""
        return self.mode is Mode.EXERCISE

    @property
    def banner(self) -> str:
        """The line that stands at the top and the bottom."""
        return fold(self.marking.banner)

    @cached_property
    def text(self) -> str:
        """All of it as plain text. Several forms carry it beside what they say in their own way."""
        return environment().get_template(f"{self.kind.value}/body.txt").render(self.values())

    def values(self) -> dict[str, object]:
        """What the templates may use."""
        return {
            "exercise": self.exercise,
            "banner": self.banner,
            "level": self.marking.level.full,
            "tlp": self.marking.tlp.value,
            "titles": self.titles,
            "heading": self.heading,
            "sections": self.sections,
            "incident": self.incident,
            "notice": self.notice,
            "issued_at": self.issued_at,
            "issuer": fold(self.issuer),
            "minutes": self.acknowledge_within_minutes,
            "relation": self.relation.value if self.relation else None,
            "earlier": self.earlier,
            "subject": self.subject,
        }


def view_of(notice: Notice, visible: tuple[Portion, ...], *, told_earlier: bool) -> View:
    """The view of a reader to whom these portions are visible. `told_earlier`: it was sent the earlier notice."""
    marking = join_all(portion.marking for portion in visible)
    titled = [portion for portion in visible if portion.section is Section.TITLE]
    titles = [(portion, fold(portion.text, longest=LONGEST_SUBJECT)) for portion in titled]
    related = told_earlier and notice.earlier is not None
    view = View(
        notice=notice.id,
        incident=notice.incident,
        kind=notice.kind,
        mode=notice.mode,
        issued_at=notice.issued_at,
        issuer=notice.issuer,
        acknowledge_within_minutes=notice.acknowledge_within_minutes,
        relation=notice.relation if related else None,
        earlier=notice.earlier if related else None,
        earlier_at=notice.earlier_at if related else None,
        marking=marking,
        portions=visible,
        titles=tuple(title for _, title in titles),
        heading=next((title for portion, title in titles if portion.marking.level.rank <= Level.BPL.rank), None),
        sections=_sections(visible),
        subject="",
    )
    subject = environment().get_template(f"{notice.kind.value}/subject.txt").render(view.values())
    return replace(view, subject=fold(subject, longest=LONGEST_SUBJECT))


def clean(text: str) -> str:
    """Text for a screen: one kind of line end, no control characters, nothing that turns the direction of writing."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("\n", text))


def fold(text: str, *, longest: int | None = None) -> str:
    """Text on one line, cut with an ellipsis if it is longer than that many characters."""
    line = " ".join(clean(text).split())
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


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
