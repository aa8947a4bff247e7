"""Rendering: from a whole notice to what one reader gets of it over one channel.

The bytes depend on the portions this reader may see there, and on nothing else of the notice's content: number, order
and kind of the others leave no trace (DESIGN rule 4). Readers who may see the same portions share the same bytes, so
a notice to thousands is rendered a few times.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from leerp.errors import LeerpError
from leerp.marking import Consent, HandlingCode, Level, Marking, Reader, WithheldReason, refusal, unasked
from leerp.notices import Form, Notice, NoticeKind, PersonalData, Portion, Section, Variant
from notifications import personal_data
from notifications.forms import Files, Making
from notifications.view import View, view_of

STRUCTURAL = frozenset({Section.TITLE, Section.ASK, Section.CONTACT})
"""Sections that say only that there is a notice, what it asks for, and whom to call."""

STRUCTURE_SUFFICES = frozenset({NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL})
"""Kinds that say enough by their structure: that the protocol is launched, and whom to call."""

DEFAULT_FORMS = (Form.TEXT, Form.HTML, Form.JSON)
"""The forms that every channel for people carries."""


class _Limit(NamedTuple):
    """What decides whether a reader may see a portion."""

    marking: Marking
    personal_data: PersonalData | None


@dataclass(frozen=True)
class Sight:
    """What readers have in common to whom the notice says the very same, whatever the forms."""

    permitted: frozenset[_Limit]
    told_earlier: bool
    minutes: int | None


class _Rendered:
    """What all readers get who may see the same portions in the same forms; begun when this is made."""

    def __init__(self, view: View, making: Making, forms: tuple[Form, ...]) -> None:
        self.marking = view.marking
        self.subject = view.subject
        self._made = making.begun(forms)

    @cached_property
    def files(self) -> Files:
        """The files, made to the end."""
        return self._made()


def render(  # noqa: PLR0913 - all that decides what a reader gets
    notice: Notice,
    reader: Reader,
    *,
    channel: str,
    maximum: Level | None,
    at: datetime,
    consents: Collection[Consent] = (),
    forms: tuple[Form, ...] = DEFAULT_FORMS,
    told_earlier: bool = False,
) -> Variant | WithheldReason:
    """What this reader gets of the notice over the channel, or why it gets nothing.

    `maximum`: the channel's accredited level, None if it has none. `at`: when the clearance must hold. `forms`: what
    the channel carries. `told_earlier`: this reader was sent the notice that this one replaces, corrects or recalls.
    Called again with the very same notice, it renders only what has not been rendered before.
    """
    return _renderer(_Itself(notice)).variant(
        reader, channel=channel, maximum=maximum, at=at, consents=consents, forms=forms, told_earlier=told_earlier
    )


class Renderer:
    """Renders one notice for many readers, each set of visible portions once.

    Every variant with the same visible portions holds the very same file objects, so that they need hashing only once.
    """

    def __init__(self, notice: Notice) -> None:
        self._notice = notice
        self._limits = tuple(dict.fromkeys(_limit(portion) for portion in notice.portions))
        self._structural = _limits(notice, structural=True)
        self._substantial = _limits(notice, structural=False)
        asked_for = [limit for limit in self._limits if unasked(limit.marking, "", ())]
        self._asked_for = asked_for if not notice.restrictions_lifted else []
        self._sights: dict[Sight, Sight] = {}
        self._views: dict[Sight, tuple[View, Making]] = {}
        self._rendered: dict[tuple[Sight, tuple[Form, ...]], _Rendered] = {}

    def variant(  # noqa: PLR0913 - all that decides what a reader gets
        self,
        reader: Reader,
        *,
        channel: str,
        maximum: Level | None,
        at: datetime,
        consents: Collection[Consent] = (),
        forms: tuple[Form, ...] = DEFAULT_FORMS,
        told_earlier: bool = False,
    ) -> Variant | WithheldReason:
        """What this reader gets over the channel, or why it gets nothing; see `render`."""
        sight = self.sight(reader, maximum=maximum, at=at, consents=consents, told_earlier=told_earlier)
        return sight if isinstance(sight, WithheldReason) else self.made(sight, reader, channel=channel, forms=forms)

    def sight(
        self,
        reader: Reader,
        *,
        maximum: Level | None,
        at: datetime,
        consents: Collection[Consent] = (),
        told_earlier: bool = False,
    ) -> Sight | WithheldReason:
        """What this reader may see of the notice over such a channel, or why it gets nothing; nothing is made yet."""
        refusals = {
            limit: refusal(
                limit.marking,
                reader,
                channel_maximum=maximum,
                consents=consents,
                restrictions_read=self._notice.restrictions_read,
                lifted=self._notice.restrictions_lifted,
                at=at,
            )
            or personal_data.refusal(self._notice, limit.personal_data, reader)
            for limit in self._limits
            if personal_data.concerns(self._notice, limit.personal_data, reader)
        }
        permitted = frozenset(limit for limit, reason in refusals.items() if reason is None)
        if not self._worth_sending(permitted):
            return _reason(refusals[limit] for limit in self._missing(permitted) if limit in refusals)
        sight = Sight(permitted, told_earlier, self._notice.minutes_for(reader.group))
        return self._sights.setdefault(sight, sight)  # the very same for all alike, so that it is compared at a glance

    def begin(self, sight: Sight, forms: tuple[Form, ...]) -> None:
        """Have made what whoever sees this will be sent: documents are set meanwhile, several at a time."""
        self._begun(sight, forms)

    def made(self, sight: Sight, reader: Reader, *, channel: str, forms: tuple[Form, ...]) -> Variant:
        """What a reader is sent who sees this. Raises what making the files does."""
        rendered = self._begun(sight, forms)
        try:
            files = rendered.files
        except LeerpError:
            self._rendered.pop((sight, forms), None)  # whoever tries again has it made again
            self._views.pop(sight, None)
            raise
        return Variant(
            notice=self._notice.id,
            reader=reader.id,
            channel=channel,
            marking=rendered.marking,
            subject=rendered.subject,
            files=files,
        )

    def _begun(self, sight: Sight, forms: tuple[Form, ...]) -> _Rendered:
        key = (sight, forms)
        rendered = self._rendered.get(key)
        if rendered is None:
            rendered = self._rendered[key] = _Rendered(*self._view(sight), forms)
        return rendered

    def _view(self, sight: Sight) -> tuple[View, Making]:
        if sight not in self._views:
            visible = tuple(portion for portion in self._notice.portions if _limit(portion) in sight.permitted)
            theirs = self._notice.model_copy(update={"acknowledge_within_minutes": sight.minutes})
            view = view_of(theirs, visible, told_earlier=sight.told_earlier)
            self._views[sight] = view, Making(view)
        return self._views[sight]

    def lacks(
        self, reader: Reader, *, maximum: Level | None, at: datetime, consents: Collection[Consent] = ()
    ) -> frozenset[str]:
        """The providers whose permission is all that keeps some of the notice from this reader over such a channel."""
        notice, found = self._notice, frozenset[str]()
        for limit in self._asked_for:
            missing = unasked(limit.marking, reader.id, consents)
            if not missing or not personal_data.concerns(notice, limit.personal_data, reader):
                continue
            given = [*consents, *(Consent(provider=provider, reader=reader.id) for provider in missing)]
            reason = refusal(
                limit.marking,
                reader,
                channel_maximum=maximum,
                consents=given,
                restrictions_read=notice.restrictions_read,
                at=at,
            )
            if not reason and not personal_data.refusal(notice, limit.personal_data, reader):
                found |= missing
        return found

    def _worth_sending(self, permitted: frozenset[_Limit]) -> bool:
        """Always something of the structure, so that who is told of the launch can be told of the closure too."""
        if not permitted & self._structural:
            return False
        return self._notice.kind in STRUCTURE_SUFFICES or bool(permitted & self._substantial)

    def _missing(self, permitted: frozenset[_Limit]) -> Iterable[_Limit]:
        """What this reader would have to be permitted: the structure if not even that is, else the substance."""
        if permitted & self._structural:
            return self._substantial
        return self._structural or self._substantial


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


class _Same:
    """A notice as a key that is equal to whatever says the same, such as what was read of the store a second time."""

    def __init__(self, notice: Notice) -> None:
        self.notice = notice

    def __hash__(self) -> int:
        return hash(self.notice.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.notice == self.notice


def renderer(notice: Notice) -> Renderer:
    """The renderer of a notice; of the few that were asked for last it is the one that has rendered them already.

    Whoever has not confirmed is asked again over another channel soon after: mostly with bytes that were made before.
    """
    read_for_nothing = notice.restrictions_read and not any(map(_restricted_in_words, notice.portions))
    shown = notice.model_copy(update={"restrictions_read": False}) if read_for_nothing else notice
    return _renderer_of_same(_Same(shown))


def _restricted_in_words(portion: Portion) -> bool:
    return any(one.code is HandlingCode.H3 for one in portion.marking.handling)


@lru_cache(maxsize=8)
def _renderer_of_same(key: _Same) -> Renderer:
    return Renderer(key.notice)


def _limit(portion: Portion) -> _Limit:
    return _Limit(portion.marking, portion.personal_data)


def _limits(notice: Notice, *, structural: bool) -> frozenset[_Limit]:
    return frozenset(_limit(portion) for portion in notice.portions if (portion.section in STRUCTURAL) is structural)


def _reason(refusals: Iterable[WithheldReason | None]) -> WithheldReason:
    """The one reason behind all these refusals; if there are several or none, that there is nothing to read."""
    reasons = set(refusals)
    only = reasons.pop() if len(reasons) == 1 else None
    return only or WithheldReason.NOTHING_TO_READ
