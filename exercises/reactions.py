"""What the cast does of its own accord: notices are confirmed, and proposals, so long after they came."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from activities.acts import actor_of
from activities.intake import Arrival
from exercises.cast import Answers, CastMember
from exercises.conditions import time_of_entry
from exercises.hands import Hands
from exercises.injects import CONTROL
from exercises.played import Played
from exercises.scenario import Scenario
from leerp.errors import RefusedError
from leerp.journal import JournalEntry, JournalKind
from leerp.notices import DeliveryState, NoticeKind
from leerp.protocol import Act, ActName, CloseAct, DecideAct, Receipt, ReleaseAct
from records import journal, ledger, notices
from records import schema as tables

SHORTEST_LOOK = timedelta(minutes=1)
"""How often, at most, it is looked whether something has reached the cast that was still on its way."""

_PROPOSED = {
    JournalKind.TRIAGE_DECISION_PROPOSED: ActName.DECIDE,
    JournalKind.COORDINATION_RELEASE_PROPOSED: ActName.RELEASE,
    JournalKind.WARNING_RELEASE_PROPOSED: ActName.RELEASE,
    JournalKind.PLAN_RELEASE_PROPOSED: ActName.RELEASE,
    JournalKind.INVESTIGATION_RELEASE_PROPOSED: ActName.RELEASE,
    JournalKind.CLOSURE_CONTAINMENT_PROPOSED: ActName.CLOSE,
}
_SETTLED = {
    JournalKind.TRIAGE_DECISION_MADE: ActName.DECIDE,
    JournalKind.CLOSURE_CONTAINMENT_APPROVED: ActName.CLOSE,
}


@dataclass(frozen=True)
class Due:
    """What one of the cast is about to do: confirm a notice, or (`proposal`) what somebody has proposed."""

    at: datetime
    member: CastMember
    incident: str
    notice: str
    proposal: JournalEntry | None = None


@dataclass
class Reactions:
    """Sees what the cast will react to, and does it when it is due.

    `draw`: a number from 0 to at most so many, the same for the same name.
    """

    scenario: Scenario
    hands: Hands
    draw: Callable[[str, int], int]
    _due: list[Due] = field(default_factory=list)
    _known: set[tuple[str, str]] = field(default_factory=set)
    _seen: dict[str, int] = field(default_factory=dict)
    _settled: set[tuple[str, str, int]] = field(default_factory=set)
    _asks: dict[str, bool] = field(default_factory=dict)
    _under_way: dict[str, set[str]] = field(default_factory=dict)
    _looked_at: datetime | None = None

    @property
    def _readers(self) -> list[CastMember]:
        """Whoever confirms notices at all."""
        answering = (Answers.AFTER, Answers.WRONGLY)
        return [one for one in self.scenario.cast if not one.confirms and one.answers in answering]

    def next_stop(self, away: Collection[str]) -> datetime | None:
        """Until when the scenario may go on before somebody acts, or may have to; None for as long as it likes.

        Something to the cast that is still on its way arrives by a timer of the protocol: it is looked for often enough
        that nobody answers late. What waits for a channel that is away does not arrive before that is back.
        """
        stops = [one.at for one in self._due]
        spans = [one.after for one in self._readers if one.after is not None]
        if spans and self._looked_at and set().union(*self._under_way.values()) - set(away):
            stops.append(self._looked_at + max(SHORTEST_LOOK, min(spans)))
        return min(stops, default=None)

    def take(self, at: datetime) -> list[Due]:
        """Everything that is due by then, in the order of time."""
        taken = sorted((one for one in self._due if one.at <= at), key=lambda one: (one.at, one.member.who, one.notice))
        self._due = [one for one in self._due if one.at > at]
        return taken

    async def look(self, at: datetime) -> None:
        """See what has reached the cast by now."""
        self._looked_at = at
        if not self.scenario.cast:
            return
        for incident in self.hands.casebook.incidents:
            await self._look_at(incident)

    async def _look_at(self, incident: str) -> None:
        async with self.hands.rooms.store.reading() as connection:
            entries = await journal.entries(connection, incident, after=self._seen.get(incident, 0))
        for entry in entries:
            self._seen[incident] = entry.seq
            self._note_settled(entry)
        for entry in entries:
            self._see_proposal(entry)
            if entry.kind.value.endswith(".notice.sent"):
                await self._see_sent(entry)
        await self._see_arrived(incident)

    def _note_settled(self, entry: JournalEntry) -> None:
        act = _SETTLED.get(entry.kind)
        if act is not None:
            self._settled.add((entry.incident, act.value, entry.seq))
        if entry.kind.value.endswith(".notice.released"):
            self._settled.add((entry.incident, str(entry.data.get("notice")), entry.seq))

    def _see_proposal(self, entry: JournalEntry) -> None:
        act = _PROPOSED.get(entry.kind)
        for member in self.scenario.cast:
            if act in member.confirms and member.answers is Answers.AFTER and entry.actor != member.who:
                subject = str(entry.data.get("notice", act))
                self._expect(member, entry.incident, subject, since=time_of_entry(entry), proposal=entry)

    async def _see_sent(self, entry: JournalEntry) -> None:
        """Somebody who confirms wrongly hears of a notice that went to others."""
        notice, kind = str(entry.data.get("notice")), NoticeKind(str(entry.data.get("kind")))
        for member in self._readers:
            wrong = member.answers is Answers.WRONGLY and await self._is_for(member, notice, kind)
            if wrong and not await self._has(member.who, notice):
                self._expect(member, entry.incident, notice, since=time_of_entry(entry))

    async def _see_arrived(self, incident: str) -> None:
        """What has arrived with those who confirm, and over which channels something is on its way to them."""
        members = [one for one in self._readers if one.answers is Answers.AFTER]
        if not members:
            return
        lines = tables.ledger.c
        theirs = (lines.incident == incident, lines.reader.in_(sorted({one.who for one in members})))
        open_states = (DeliveryState.PLANNED, DeliveryState.SENDING, DeliveryState.SENT)
        async with self.hands.rooms.store.reading() as connection:
            rows = await ledger.rows_where(connection, *theirs, lines.state.in_(open_states))
        self._under_way[incident] = {row.planned.channel for row in rows if row.state is not DeliveryState.SENT}
        for row in rows:
            mine = [one for one in members if one.who == row.planned.reader.id]
            for member in mine:
                if row.sent_at is not None and await self._is_for(member, row.notice, row.kind):
                    self._expect(member, incident, row.notice, since=row.sent_at)

    async def _is_for(self, member: CastMember, notice: str, kind: NoticeKind) -> bool:
        if member.notices is not None:
            return kind in member.notices
        if notice not in self._asks:
            async with self.hands.rooms.store.reading() as connection:
                whole = await notices.get(connection, notice)
            self._asks[notice] = whole.acknowledge_within_minutes is not None
        return self._asks[notice]

    async def _has(self, reader: str, notice: str) -> bool:
        lines = tables.ledger.c
        got = (lines.notice == notice, lines.reader == reader, lines.state.in_(ledger.GOT))
        async with self.hands.rooms.store.reading() as connection:
            return bool(await ledger.rows_where(connection, *got))

    def _expect(
        self, member: CastMember, incident: str, notice: str, *, since: datetime, proposal: JournalEntry | None = None
    ) -> None:
        """Note when somebody will react; each thing once. A second is as good as its parts: see `TimeLapse`."""
        name = (member.who, f"{notice}/{proposal.seq}" if proposal else notice)
        if name in self._known:
            return
        self._known.add(name)
        later = (member.after or timedelta()) + timedelta(seconds=self._drawn(member, notice, proposal))
        at = max(since, since.replace(microsecond=0) + later)
        self._due.append(Due(at, member, incident, notice, proposal))

    def _drawn(self, member: CastMember, notice: str, proposal: JournalEntry | None) -> int:
        """By what is the same in every run: the ids of notices are."""
        subject = f"{proposal.kind.value}/{notice}" if proposal else notice
        return self.draw(f"cast/{member.who}/{subject}", int(member.over.total_seconds()))

    async def do(self, due: Due, note: Played) -> Played | None:
        """Let somebody do what is due; the note on it, or None where somebody else has done it meanwhile."""
        if due.proposal is not None:
            return None if self._is_settled(due.proposal) else await self._confirm(due, due.proposal, note)
        if due.member.answers is Answers.WRONGLY:
            return await self._confirm_wrongly(due, note)
        first = await self._acknowledge(due, note.at)
        became = f"{due.member.who} confirms {due.notice}."
        return note.model_copy(update={"became": became, **_made(due)}) if first else None

    async def _acknowledge(self, due: Due, at: datetime) -> bool:
        arrival = Arrival(at=at, by=CONTROL)
        return await self.hands.intake.acknowledge(
            due.notice, reader=due.member.who, how=due.member.how, arrival=arrival
        )

    async def _confirm_wrongly(self, due: Due, note: Played) -> Played:
        try:
            await self._acknowledge(due, note.at)
        except RefusedError as error:
            await self._note_refused(due, error, note.at)
            said = {"became": f"Refused: {error.sentence}", "refused": error.reason}
            return note.model_copy(update={**said, **_made(due)})
        became = f"{due.member.who} confirms {due.notice}. It was to be refused, and was not."
        return note.model_copy(update={"became": became, "as_expected": False, **_made(due)})

    async def _note_refused(self, due: Due, error: RefusedError, at: datetime) -> None:
        data: dict[str, JsonValue] = {"act": "acknowledge", "why": error.reason, "sentence": error.sentence[:500]}
        async with self.hands.rooms.store.writing() as tx:
            await journal.append(
                tx,
                incident=due.incident,
                at=at,
                actor=CONTROL,
                kind=JournalKind.DESK_ACT_REFUSED,
                data=data,
                key=f"refused/acknowledge/{due.notice}/{due.member.who}",
            )

    def _is_settled(self, proposal: JournalEntry) -> bool:
        """Whether what was proposed has been decided since."""
        subject = str(proposal.data.get("notice", _PROPOSED[proposal.kind].value))
        return any(one[:2] == (proposal.incident, subject) and one[2] > proposal.seq for one in self._settled)

    async def _confirm(self, due: Due, proposal: JournalEntry, note: Played) -> Played:
        try:
            receipt = await self._perform(due, proposal, note.at)
        except RefusedError as error:
            said = {"became": f"Refused: {error.sentence}", "refused": error.reason, "as_expected": False}
            return note.model_copy(update={**said, "incident": due.incident})
        made = {"became": receipt.sentence, "incident": due.incident, "notice": receipt.notice}
        return note.model_copy(update=made)

    async def _perform(self, due: Due, proposal: JournalEntry, at: datetime) -> Receipt:
        hands, member = self.hands, due.member
        name = _PROPOSED[proposal.kind]
        named = (member.who, due.incident, due.notice, proposal.kind.value, proposal.at[:19])
        common = {
            "act": f"A-cast-{hashlib.sha256('/'.join(named).encode()).hexdigest()[:24]}",
            "actor": actor_of(hands.rooms.directory(), member.who),
            "reason": member.reason,
        }
        act: Act
        match name:
            case ActName.DECIDE:
                act = DecideAct.model_validate({**common, "choice": proposal.data["choice"]})
            case ActName.CLOSE:
                act = CloseAct.model_validate({**common, "outcome": proposal.data["choice"]})
            case _:
                act = ReleaseAct.model_validate({**common, "notice": due.notice})
        return await hands.acts.perform(name, due.incident, act, at=at)


def _made(due: Due) -> dict[str, str]:
    return {"incident": due.incident, "notice": due.notice}
