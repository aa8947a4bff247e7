"""A scenario that grows out of a foreign file: what it says, at whatever times it says it, until it is one document."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from exercises.exchange.cast_maps import CastMap
from exercises.exchange.moments import Moment
from exercises.exchange.remarks import Remarks
from exercises.offsets import write_offset
from leerp.errors import BadInputError
from leerp.formats.texts import line, prose

MAX_INJECTS = 5_000
MAX_HOURS = 9_999
MAX_NUMBER = 99_999
CONTROL = "exercise control"
"""Who a message is from when the source does not say."""

_REFERS = frozenset({"incident", "report", "inject", "room", "product", "call", "proposal", "items"})


@dataclass
class Row:
    """One inject to be. `place`: where it stands in the source. `body`: its keys in a scenario but number and time."""

    place: str
    moment: Moment
    body: dict[str, Any]
    number: int | None = None
    at: timedelta = timedelta()


@dataclass
class Draft:
    """What the source has said so far."""

    remarks: Remarks
    mapping: CastMap
    file: str
    form: str
    said: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    start: datetime | None = None
    length: timedelta | None = None

    def add(self, row: Row) -> None:
        """One inject more; BadInputError beyond what a scenario holds."""
        if len(self.rows) >= MAX_INJECTS:
            raise BadInputError(f"{self.file}: more than {MAX_INJECTS:,} injects; split the exercise")
        self.rows.append(row)

    def say(self, key: str, text: str, *, place: str, one_line: bool = True) -> None:
        """Something about the whole exercise."""
        self.said[key] = self.line(text, place=place) if one_line else self.prose(text, place=place)

    def line(self, text: str, *, place: str, otherwise: str = "") -> str:
        """One line of at most 256 characters; what is cut is listed."""
        held = line(text, otherwise=otherwise)
        if " ".join(text.split()) != held and text.strip():
            self.remarks.not_carried(place, text, "too long for one line, or with signs that no screen shows; cut")
        return held

    def prose(self, text: str, *, place: str) -> str:
        """Text of at most 100,000 characters; what is cut is listed."""
        held = prose(text)[:100_000]
        if held != text.replace("\r\n", "\n").replace("\r", "\n").strip():
            self.remarks.not_carried(place, text, "too long, or with signs that no screen shows; cut")
        return held

    def document(self, *, name: str) -> dict[str, Any]:
        """The scenario as it is written; what could not be known is in the remarks."""
        self._place_in_time()
        self.rows.sort(key=lambda row: (row.at, row.number if row.number is not None else MAX_NUMBER + 1))
        self._number()
        return {
            "name": self.said.get("name") or name,
            "version": self.said.get("version") or "1",
            "title": self.said.get("title") or name,
            "summary": self.said.get("summary") or f"Imported from {self.file} ({self.form}).",
            "sources": self._sources(),
            **({"start": self.start.isoformat()} if self.start else {}),
            "length": write_offset(self._length()),
            "objectives": self._objectives(),
            **{key: self.lists[key] for key in ("cast", "branches") if self.lists.get(key)},
            "injects": [{"number": row.number, "at": write_offset(row.at)} | row.body for row in self.rows],
            **({"expectations": self.lists["expectations"]} if self.lists.get("expectations") else {}),
        }

    # Times

    @property
    def _zone(self) -> tzinfo:
        if self.mapping.utc_offset:
            parsed = datetime.strptime(self.mapping.utc_offset.replace(":", ""), "%z").tzinfo
            return parsed or UTC
        return self.start.tzinfo if self.start and self.start.tzinfo else UTC

    def _place_in_time(self) -> None:
        dates = [on for row in self.rows if (on := self._calendar(row.moment))]
        if self.start is None and dates:
            self.start = min(dates)
            self.remarks.assumed("start", self.start.isoformat(), "the earliest date in the file, for no start is said")
        kept = []
        for row in self.rows:
            at = self._offset(row)
            if at is None:
                self.remarks.refused(row.place, "", "a time of day without a date, and no start; say --start")
            elif abs(at) > timedelta(hours=MAX_HOURS):
                self.remarks.refused(row.place, "", f"more than {MAX_HOURS:,} hours from the start; correct its time")
            else:
                row.at = timedelta(seconds=int(at.total_seconds()))
                kept.append(row)
        self.rows = kept
        self._begin_with_the_first()
        if self.start is None:
            why = "the file does not say when the exercise starts; say --start, or write it into the scenario"
            self.remarks.missing("start", "", why)

    def _calendar(self, moment: Moment) -> datetime | None:
        if moment.on is None:
            return None
        if moment.clock is None and self.start and moment.on == self.start.astimezone(self._zone).date():
            return self.start
        if moment.zone is None and not self.mapping.utc_offset and self.start is None:
            self.remarks.assumed("utc_offset", "+00:00", "the times name no offset from UTC; say utc_offset in a map")
        if moment.clock is None:
            self.remarks.assumed("at", "00:00", "dates without a time of day are taken as midnight")
        return datetime.combine(moment.on, moment.clock or time(), tzinfo=moment.zone or self._zone)

    def _offset(self, row: Row) -> timedelta | None:
        moment = row.moment
        if moment.offset is not None:
            return moment.offset
        if moment.on is not None and self.start is not None:
            return (self._calendar(moment) or self.start) - self.start
        if moment.day is not None:
            return self._days(moment)
        return self._time_of_day(moment)

    def _days(self, moment: Moment) -> timedelta:
        days = timedelta(days=moment.day or 0)
        if moment.clock is None:
            return days
        if self.start is None:  # the day itself is not known, so its beginning is where the exercise starts
            return days + timedelta(hours=moment.clock.hour, minutes=moment.clock.minute, seconds=moment.clock.second)
        zone = moment.zone or self._zone
        on = self.start.astimezone(zone).date() + days
        return datetime.combine(on, moment.clock, tzinfo=zone) - self.start

    def _time_of_day(self, moment: Moment) -> timedelta | None:
        if self.start is None or moment.clock is None:
            return None
        zone = moment.zone or self._zone
        at = datetime.combine(self.start.astimezone(zone).date(), moment.clock, tzinfo=zone)
        self.remarks.assumed("at", "", "times without a date are of the day of the start, or of the next day before it")
        return at - self.start if at >= self.start else at + timedelta(days=1) - self.start

    def _begin_with_the_first(self) -> None:
        first = min(self.rows, key=lambda row: row.at, default=None)
        if first is None or first.at >= timedelta():
            return
        shift = first.at
        for row in self.rows:
            row.at -= shift
        if self.start is not None:
            self.start += shift
        if self.length is not None:
            self.length -= shift
        why = f"{write_offset(shift)} before what the file counts from, so that nothing comes before the start"
        self.remarks.assumed("start", first.place, why)

    def _length(self) -> timedelta:
        last = max((row.at for row in self.rows), default=timedelta())
        if self.length is not None and self.length >= last:
            return self.length
        hours = timedelta(hours=math.floor(last / timedelta(hours=1)) + 1)
        said = "shorter than its own injects need" if self.length is not None else "not said"
        self.remarks.assumed("length", write_offset(hours), f"{said}; the hour after the last inject was taken")
        return hours

    # Numbers

    def _number(self) -> None:
        numbers = [row.number for row in self.rows]
        if all(one is not None and 1 <= one <= MAX_NUMBER for one in numbers) and all(
            (former or 0) < (later or 0) for former, later in pairwise(numbers)
        ):
            return
        if not any(numbers):
            for at, row in enumerate(self.rows, start=1):
                row.number = at
            return
        old = {row.number: at for at, row in enumerate(self.rows, start=1) if row.number is not None}
        once = {one for one in old if numbers.count(one) == 1}
        self.remarks.assumed("number", "", "numbered anew from 1 in the order of time, for the numbers do not ascend")
        new = {number: at for number, at in old.items() if number in once}
        for at, row in enumerate(self.rows, start=1):
            row.number = at
            row.body = _renumbered(row.body, new)
        self.lists = {key: [_renumbered(one, new) for one in items] for key, items in self.lists.items()}

    # What a scenario must have

    def _sources(self) -> list[dict[str, Any]]:
        found = self.lists.get("sources")
        if found:
            return found
        text = line(f"Imported from {self.file} ({self.form}); not looked up", otherwise="Imported")
        for row in self.rows:
            if row.body.pop("sources", None):
                self.remarks.not_carried(row.place, "", "names sources that the file does not describe")
        return [{"id": "imported", "text": text, "basis": "invented"}]

    def _objectives(self) -> list[dict[str, Any]]:
        objectives = list(self.lists.get("objectives", ()))
        known = {one["id"] for one in objectives}
        texts: dict[str, str] = {one["text"].casefold(): one["id"] for one in objectives}
        for row in self.rows:
            named = row.body.get("objective")
            if not named or named in known:
                continue
            identifier = texts.get(named.casefold())
            if identifier is None:
                identifier = named if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", named) else ""
                identifier = identifier or next(f"O{at}" for at in range(1, 10_000) if f"O{at}" not in known)
                objectives.append({"id": identifier, "text": named})
                known.add(identifier)
                texts[named.casefold()] = identifier
            row.body["objective"] = identifier
        if not objectives:
            self.remarks.assumed("objectives", "O1", "the file names no objective; say what the exercise is to show")
            return [{"id": "O1", "text": "The exercise is played to its end."}]
        return objectives


def _renumbered(value: Any, new: Mapping[int, int]) -> Any:  # noqa: ANN401 - any part of a scenario
    if isinstance(value, list):
        return [_renumbered(one, new) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: new.get(one, one) if key in _REFERS and isinstance(one, int) else _renumbered(one, new)
        for key, one in value.items()
    }
