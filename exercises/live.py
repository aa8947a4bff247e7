"""A live run: the director plays the injects of nobody in the room, waits for those of people, and outlives kills."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import structlog

from activities.intake import Intake
from exercises import artefacts, awaited
from exercises.diary import Diary
from exercises.director import Director, Moment, moments
from exercises.failing import KILLED
from exercises.injects import AcknowledgeInject, FaultInject, FaultKind, PlainInject, ReportInject, plain
from exercises.live_time import HaltedError, LiveTime, SteppedTime
from exercises.offsets import write_offset
from exercises.particulars import Particulars
from exercises.played import CAST, Played
from exercises.player import Outcome, conclude
from exercises.reactions import Due, Reactions
from exercises.scenario import Scenario
from exercises.table_top import not_played
from leerp.journal import DESK, JournalEntry, JournalKind
from leerp.notices import Mode
from leerp.reports import IntakeOutcome
from records import incidents, journal, ledger, reports
from records.store import Store

log = structlog.get_logger(__name__)

AWAITED = "Awaited of {who}: {what}"
"""How a note on an inject begins that people are to do."""


@dataclass
class LiveDirector(Director):
    """A director who writes a diary.

    `people`: whose injects are not played but awaited. `intake_now`: the way in, by the clock as it is now.
    """

    lapse: LiveTime
    diary: Diary = field(kw_only=True)
    intake_now: Callable[[], Intake] = field(kw_only=True)
    people: frozenset[str] = field(kw_only=True, default=frozenset())

    async def direct(self, *, seed: int) -> None:
        """Play on until the scenario ends or somebody stops the run; then, what was not played is noted."""
        try:
            await super().direct(seed=seed)
        except HaltedError as halted:
            left = (one for one in moments(self.scenario, seed=seed) if _name(one) not in self.diary.done)
            self.played.extend(not_played(self.scenario, one, why=str(halted)) for one in left)

    async def _play(self, moment: Moment, at: datetime) -> Played:
        """Play one moment, or say what became of it when it was played before."""
        name = _name(moment)
        if name in self.diary.done:
            return await self._recall(name, moment)
        if name not in self.diary.begun:
            self.lapse.need_going()
        await self._catch_up()
        if isinstance(self.lapse, SteppedTime) and moment.inject.number not in self.diary.numbers:
            await self.lapse.step()
        taken_up = name in self.diary.begun
        begun = self.diary.begin(name, number=moment.inject.number, at=max(at, await self.lapse.now()))
        await self._remember_what_people_report()
        self.hands = replace(self.hands, intake=self.intake_now())
        played = await self._done_before(moment, begun.at) if taken_up else None
        if played is None and moment.sender in self.people:
            played = await self.held_back(moment, begun.at) or self._await(moment, begun.at)
        elif played is None:
            played = await super()._play(moment, begun.at)
        self.diary.finish(name, played, made=self.hands.casebook.made_by(moment.inject.number))
        log.info("inject", number=played.number, sender=played.sender, at=played.at.isoformat(), became=played.became)
        return played

    async def _catch_up(self) -> None:
        """Before the first moment that was not played before: let what the last ones have set off come to rest."""
        if not self.lapse.caught_up:
            self.lapse.caught_up = True
            await self.lapse.settle()

    async def _recall(self, name: str, moment: Moment) -> Played:
        """What became of a moment that was played before; what it made is remembered, and what it broke is broken."""
        done, inject = self.diary.done[name], plain(moment.inject)
        self.hands.casebook.recall(done.number, self.diary.made[name])
        if isinstance(inject, FaultInject) and inject.what is not FaultKind.WORKER_KILLED and done.happened:
            await self.failing.begin(inject, done.at)
        return done

    async def _until(self, at: datetime, reactions: Reactions) -> None:
        """Let the scenario go on until a time. The cast looks up often, because people act at any time."""
        while self.scenario.cast:
            now = await self.lapse.now()
            await reactions.look(now)
            if isinstance(self.lapse, SteppedTime) or now + self.lapse.look_every >= at:
                break
            await super()._until(now + self.lapse.look_every, reactions)
        await super()._until(at, reactions)

    async def _react(self, due: Due, reactions: Reactions, at: datetime) -> None:
        """Let one of the cast react, once in the run; people do it themselves."""
        if due.member.who in self.people:
            return
        seq = due.proposal.seq if due.proposal else ""
        name, known = f"cast/{due.member.who}/{due.notice}/{seq}", len(self.played)
        if name in self.diary.done:
            self.played.append(self.diary.done[name])
            return
        taken_up = name in self.diary.begun
        begun = self.diary.begin(name, number=CAST, at=max(at, await self.lapse.now()))
        await super()._react(due, reactions, begun.at)
        if len(self.played) == known and taken_up:  # it had just been done when the director was killed
            made = {"incident": due.incident, "notice": due.notice, "became": f"{due.member.who} reacts."}
            self.played.append(Played(number=CAST, sender=due.member.who, at=begun.at, **made))
        if len(self.played) > known:
            self.diary.finish(name, self.played[known])

    def _await(self, moment: Moment, at: datetime) -> Played:
        became = AWAITED.format(who=moment.sender, what=moment.inject.description)
        return Played(number=moment.inject.number, sender=moment.sender, at=at, became=became, as_expected=False)

    async def _done_before(self, moment: Moment, at: datetime) -> Played | None:
        """What an inject has made that was begun and not finished, where sending it again would leave a trace."""
        inject = plain(moment.inject)
        match inject:
            case FaultInject(what=FaultKind.WORKER_KILLED):
                return Played(number=inject.number, sender=moment.sender, at=at, became=KILLED)
            case AcknowledgeInject():
                return await self._confirmed_before(inject, moment.sender, at)
            case ReportInject():
                return await self._reported_before(inject, at)
            case _:
                return None

    async def _confirmed_before(self, inject: AcknowledgeInject, reader: str, at: datetime) -> Played | None:
        reference = self.hands.casebook.incident(inject.incident)
        async with self.hands.rooms.store.reading() as connection:
            lines = await ledger.deliveries(connection, incident=reference)
        mine = (one.notice for one in lines if one.reader == reader and one.acknowledged_at == at)
        notice = next(mine, None)
        if notice is None:
            return None
        made = {"incident": reference, "notice": notice, "became": f"{reader} confirms {notice}."}
        return Played(number=inject.number, sender=reader, at=at, **made)

    async def _reported_before(self, inject: ReportInject, at: datetime) -> Played | None:
        said = inject.says.id or self.hands.id_of(inject.number)
        report = reports.report_id(inject.sender, said, mode=Mode.EXERCISE)
        if report in {one.report for one in self.played}:
            return None  # the same report on purpose; what is noted of it is noted once
        async with self.hands.rooms.store.reading() as connection:
            for one in await incidents.listing(connection, include_ended=True):
                if report in {known.id for known in await reports.of_incident(connection, one.reference)}:
                    entries = await journal.entries(connection, one.reference)
                    return self._as_played(inject, report, one.reference, entries, at=at)
        return None

    def _as_played(
        self, inject: ReportInject, report: str, reference: str, entries: list[JournalEntry], *, at: datetime
    ) -> Played:
        joins = any(
            one.kind is JournalKind.DETECTION_INCIDENT_JOINED and one.data.get("report") == report for one in entries
        )
        outcome = IntakeOutcome.JOINED if joins else IntakeOutcome.CREATED
        self.hands.casebook.remember(inject.number, incident=reference, report=report)
        return Played(
            number=inject.number,
            sender=inject.sender,
            at=at,
            became=f"Report {outcome.value}: {report} in {reference}.",
            as_expected=inject.outcome in (None, outcome) and not inject.turned_away,
            incident=reference,
            report=report,
        )

    async def _remember_what_people_report(self) -> None:
        """Let later injects mean the incident that an awaited report went to; every other one is of the run too."""
        for number, one in enumerate(self.played):
            inject = self.scenario.report(one.number)
            if inject is None or one.report or one.sender not in self.people:
                continue
            entry = await self._done_by(one)
            if entry is not None:
                found = {"incident": entry.incident, "report": str(entry.data["report"])}
                self.played[number] = one.model_copy(update=found)
                self.hands.casebook.remember(one.number, incident=found["incident"], report=found["report"])
        await self.know_all_incidents()

    async def know_all_incidents(self) -> None:
        """Count in what people have opened by reports of their own."""
        async with self.hands.rooms.store.reading() as connection:
            opened = [one.reference for one in await incidents.listing(connection, include_ended=True)]
        known = self.hands.casebook.incidents
        known.extend(reference for reference in opened if reference not in known)

    async def _done_by(self, one: Played) -> JournalEntry | None:
        inject = self.scenario.inject(one.number)
        if inject is None:
            return None
        return await done_by(self.hands.rooms.store, plain(inject), one)

    async def look_back(self) -> None:
        """At the end: which of the injects of people were done, and when."""
        for number, one in enumerate(self.played):
            if one.sender in self.people and not one.as_expected:
                self.played[number] = await self._looked_up(one)

    async def _looked_up(self, one: Played) -> Played:
        inject = self.scenario.inject(one.number)
        if inject is None or not awaited.reaches_the_record(plain(inject)):
            return one.model_copy(update={"as_expected": True})
        entry = await self._done_by(one)
        if entry is None:
            return one.model_copy(update={"became": f"{one.became} It was not done."})
        became = f"{one.sender} did it at {entry.at[:16]}Z (journal entry {entry.seq}, {entry.kind.value})."
        return one.model_copy(update={"became": became, "as_expected": True, "incident": entry.incident})


async def done_by(store: Store, inject: PlainInject, one: Played) -> JournalEntry | None:
    """The entry of any incident that shows that somebody has done what was awaited; None if there is none yet."""
    async with store.reading() as connection:
        references = [known.reference for known in await incidents.listing(connection, include_ended=True)]
        for reference in (*references, DESK):
            entries = await journal.entries(connection, reference)
            entry = awaited.done_by(inject, one.sender, entries, since=one.at)
            if entry is not None:
                return entry
    return None


async def still_awaited(
    store: Store, scenario: Scenario, played: Sequence[Played], *, people: Collection[str]
) -> list[Played]:
    """The injects of people that the record does not show to have been done, of those that it can show."""
    waiting = []
    for one in played:
        inject = scenario.inject(one.number)
        if one.sender not in people or one.as_expected or inject is None:
            continue
        if awaited.reaches_the_record(plain(inject)) and await done_by(store, plain(inject), one) is None:
            waiting.append(one)
    return waiting


def _copy(outbox: Path, to: Path) -> None:
    if outbox.exists():
        shutil.copytree(outbox, to)


def _name(moment: Moment) -> str:
    """The name of a moment: the same in every director of the run."""
    return f"{moment.inject.number}/{moment.sender}/{write_offset(moment.at)}"


async def finish(director: LiveDirector, with_what: Particulars, *, outbox: Path, out: Path) -> Outcome:
    """Leave the files of the run, as a fast run leaves them; what was sent is copied, since people still look at it."""
    await director.look_back()
    await asyncio.to_thread(artefacts.make_room, out)
    await director.know_all_incidents()
    with tempfile.TemporaryDirectory(dir=out, prefix=artefacts.WORKING) as folder:
        copy = Path(folder) / "outbox"
        await asyncio.to_thread(_copy, outbox, copy)
        return await conclude(director, with_what, outbox=copy, out=out)
