"""Reads a MISP server: the published events with one of the tags, each again when its maker has changed it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pydantic import Field, ValidationError
from pymisp import PyMISP, PyMISPError

from activities.arriving import Manner
from activities.collecting import Found, Portion, Reports
from activities.collecting.comparing import Stopwatch
from activities.collecting.misp_connection import FAULTS, GuardedAdapter, OwnKey
from leerp.errors import BadInputError, ServiceMissingError
from leerp.formats.texts import line
from leerp.model import Message
from leerp.reports import MAX_REPORT_BYTES, ReportFormat
from leerp.stakeholders import Directory
from notifications.sources.misp import MispSettings
from records.collecting_alarms import ClockSeen

PAGE = 200
MAX_PAGES = 50
MAX_REMEMBERED = 10_000
EVENTS_AT_ONCE = 20
BYTES_AT_ONCE = 4 * 1024 * 1024
_REFUSED = (401, 403)


class _Cursor(Message):
    """How far a server was read: from when on, up to which event, and which versions were read around that one."""

    begun: int
    newest: int
    seen: dict[str, int] = Field(default={}, max_length=2 * MAX_REMEMBERED)


class _Listed(NamedTuple):
    """An event as the list has it, in one version."""

    uuid: str
    timestamp: int


class MispWay:
    """How a MISP server is read. `directory`: to tell whether an event's maker is the source itself."""

    def __init__(
        self,
        name: str,
        settings: MispSettings,
        *,
        clock: Callable[[], datetime],
        directory: Callable[[], Directory],
    ) -> None:
        self._name = name
        self._settings = settings
        self._directory = directory
        self._watch = Stopwatch(name, clock)

    async def read(self, cursor: str | None, *, at: datetime) -> AsyncIterator[Portion]:
        """The versions of events that were not read before, the oldest first."""
        before = _parsed(cursor)
        begun = before.begun if before else int((at - timedelta(hours=self._settings.lookback_hours)).timestamp())
        newest = before.newest if before else begun
        since = max(begun, newest - int(self._settings.overlap_hours * 3600))
        now = int(at.timestamp())
        server = _Server(self._name, self._settings, self._watch)
        seen = dict(before.seen) if before else {}
        try:
            await asyncio.to_thread(server.connect)
            listed = await asyncio.to_thread(server.listed, since)
            ahead = [one for one in listed if seen.get(one.uuid, -1) < one.timestamp]
            while ahead:
                found, done = await asyncio.to_thread(self._fetch, server, ahead)
                ahead = ahead[len(done) :]
                seen |= {one.uuid: one.timestamp for one in done}
                newest = max(newest, *(min(one.timestamp, now) for one in done))  # no time to come hides what is now
                kept = _Cursor(begun=begun, newest=newest, seen=_recent(seen, since))
                yield Reports(found=tuple(found), cursor=kept.model_dump_json(), heard=bool(found))
        finally:
            server.close()

    def _fetch(self, server: "_Server", ahead: list[_Listed]) -> tuple[list[Found], list[_Listed]]:
        """As many of the next events as fit into memory, and which of the listed ones those are."""
        found: list[Found] = []
        done: list[_Listed] = []
        size = 0
        for one in ahead[:EVENTS_AT_ONCE]:
            event = server.event(one.uuid)
            done.append(one)
            if event is not None:
                found.append(self._found(event, one))
                size += len(found[-1].content)
            if size > BYTES_AT_ONCE:
                break
        return found, done

    def _found(self, event: Mapping[str, Any], listed: _Listed) -> Found:
        return Found(
            content=json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"),
            name=f"{self._name}/{listed.uuid}.{listed.timestamp}",
            source=self._settings.source,
            format=ReportFormat.MISP,
            origin=self._origin(event),
            manner=Manner(data={"collected_from": self._name}),
        )

    def _origin(self, event: Mapping[str, Any]) -> str | None:
        """Whose the event is, where the source only hands it on."""
        inner = event.get("Event")
        maker = inner.get("Orgc") if isinstance(inner, dict) else None
        name = maker.get("name") if isinstance(maker, dict) else None
        if not isinstance(name, str) or not name.strip():
            return None
        known = self._directory().named(name)
        own = known is not None and known == self._directory().named(self._settings.source)
        return None if own else line(name, otherwise="unknown")

    async def wait(self, seconds: float) -> None:
        """A MISP server tells nothing by itself."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """Nothing stays open."""

    def clock(self) -> ClockSeen | None:
        """As the last answer said."""
        return self._watch.seen if self._settings.trusted_clock else None

    def remark(self) -> str:
        """Nothing: what is wrong with what it holds stands with each report."""
        return ""


class _Server:
    """A MISP server in one reading; to be used in a thread."""

    def __init__(self, name: str, settings: MispSettings, watch: Stopwatch) -> None:
        self._name = name
        self._settings = settings
        self._watch = watch
        self._adapter = GuardedAdapter(settings.rules, seconds=settings.timeout_seconds, most_bytes=MAX_REPORT_BYTES)
        self._client: PyMISP | None = None

    def connect(self) -> None:
        """Sign in."""
        begun = self._watch.now()
        ca_file = self._settings.ca_file
        try:
            self._client = PyMISP(
                self._settings.url,
                self._settings.key(),
                ssl=str(ca_file) if ca_file else True,
                tool="leerp",
                https_adapter=self._adapter,
                auth=OwnKey(),
            )
        except (PyMISPError, *FAULTS) as error:
            raise self._failed(error) from error
        self._watch.compare(self._adapter.date, begun)

    def close(self) -> None:
        """End the connection."""
        self._adapter.close()

    def listed(self, since: int) -> list[_Listed]:
        """Every event that was changed since, the oldest change first."""
        found: dict[str, int] = {}
        for page in range(1, MAX_PAGES + 1):
            answer = self._asked(
                "search",
                controller="events",
                tags=list(self._settings.tags),
                timestamp=since,
                published=True,
                metadata=True,
                limit=PAGE,
                page=page,
            )
            if not isinstance(answer, list):
                raise BadInputError(f"source {self._name}: does not answer as a MISP server does")
            events = list(_events(answer))
            found |= {one.uuid: max(one.timestamp, found.get(one.uuid, 0)) for one in events}
            if len(answer) < PAGE:
                break
        return sorted((_Listed(*one) for one in found.items()), key=lambda one: (one.timestamp, one.uuid))

    def event(self, uuid: str) -> Mapping[str, Any] | None:
        """An event; None where it is gone by now."""
        answer = self._asked("get_event", uuid)
        return answer if isinstance(answer, dict) and "Event" in answer else None

    def _asked(self, method: str, *words: Any, **more: Any) -> Any:  # noqa: ANN401 - PyMISP's own
        try:
            answer = getattr(self._client, method)(*words, **more)
        except (PyMISPError, *FAULTS) as error:
            raise self._failed(error) from error
        if isinstance(answer, dict) and "errors" in answer and self._adapter.status in _REFUSED:
            raise self._failed(None)
        return answer

    def _failed(self, error: Exception | None) -> ServiceMissingError:
        """In one sentence, without what the server said."""
        if self._adapter.fault:
            why = self._adapter.fault
        elif self._adapter.status in _REFUSED:
            why = "does not let the centre in; see whether the key in key_file still holds"
        elif self._adapter.status is not None and self._adapter.status >= 500:  # noqa: PLR2004
            why = f"has a fault of its own ({self._adapter.status})"
        else:
            why = f"does not answer as a MISP server does ({type(error).__name__})"
        return ServiceMissingError(f"source {self._name}: {why}")


def _events(answer: list[Any]) -> Iterator[_Listed]:
    for one in answer:
        event = one.get("Event") if isinstance(one, dict) else None
        if isinstance(event, dict) and isinstance(event.get("uuid"), str):
            stamp = str(event.get("timestamp", "0"))
            yield _Listed(event["uuid"][:36].lower(), int(stamp) if stamp.isdecimal() and len(stamp) < 12 else 0)  # noqa: PLR2004


def _recent(seen: Mapping[str, int], since: int) -> dict[str, int]:
    """What need be remembered: the versions that the next list may show again."""
    recent = sorted(((stamp, uuid) for uuid, stamp in seen.items() if stamp >= since), reverse=True)
    return {uuid: stamp for stamp, uuid in recent[:MAX_REMEMBERED]}


def _parsed(cursor: str | None) -> _Cursor | None:
    if cursor is None:
        return None
    try:
        return _Cursor.model_validate_json(cursor)
    except ValidationError:
        return None
