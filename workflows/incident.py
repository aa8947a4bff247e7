"""What every step of an incident's workflow works with: its state, its time, and the way it waits for people."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from activities.journalling import JournalActivities
from activities.messages import Fact, Progress, Record
from leerp.incidents import Phase, Status
from leerp.journal import JournalKind
from leerp.notices import Mode, NoticeKind, Relation
from leerp.protocol import (
    DISSEMINATION,
    Act,
    Carried,
    Clock,
    DisseminationStart,
    EmergencyStart,
    Receipt,
    RefusalReason,
    SearchAttribute,
    Sent,
    Signal,
    dissemination_id,
)
from workflows.calls import call, call_near
from workflows.refusing import refuse
from workflows.timekeeping import Timekeeper
from workflows.waiting import waits

SEEN_KEPT = 500
"""How many subjects of signals are remembered, so that a signal sent twice is one."""

RECEIPTS_KEPT = 50
"""How many acts are remembered with their answers; the engine's own deduplication ends with a run."""


class Incident:
    """One incident as its workflow sees it. `state` is replaced, never changed in place.

    `given_up`: what grows with an incident, and was too long once to be done near (`workflows.calls`).
    """

    def __init__(self, start: EmergencyStart) -> None:
        self.start = start
        self.state: Carried = start.carried
        self.clock = Timekeeper(start.clock)
        self.lock = asyncio.Lock()
        self.given_up: set[str] = set()

    @property
    def reference(self) -> str:
        """The incident's reference."""
        return self.start.reference

    def now(self) -> datetime:
        """The incident's time."""
        return self.clock.now()

    def change_clock(self, clock: Clock) -> None:
        """Go by another clock, and so does all that begins from now on. The time of a real incident is nobody's."""
        if self.start.mode is Mode.EXERCISE:
            self.clock.change(clock)
            self.start = self.start.model_copy(update={"clock": clock})

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Carried
        """Replace fields of the state. Read after awaiting, never before: an old value must not overwrite a new one."""
        self.state = self.state.model_copy(update=changes)

    def next_key(self, name: str) -> str:
        """A key for a fact of this incident, the same in every replay and different for every fact."""
        self.change(sequence=self.state.sequence + 1)
        return f"{name}/{self.state.sequence}"

    def fact(self, name: str, *, of: str | None = None) -> dict[str, Any]:
        """The fields that every request to an activity carries, for a fact that the protocol itself brings about.

        `of`: what it is about, where there is one such fact of each; then its key is the same however often it is done.
        """
        numbered = self.next_key(name)
        key = numbered if of is None else f"{name}/{of}"
        return Fact(incident=self.reference, at=self.now(), key=key).model_dump()

    def act_fact(self, act: Act) -> dict[str, Any]:
        """The same for a fact that a person's act brings about: done twice, it is one fact."""
        return Fact(incident=self.reference, at=self.now(), key=f"act/{act.act}", actor=act.actor.id).model_dump()

    async def record(self, kind: JournalKind, data: dict[str, Any], *, act: Act | None = None) -> int:
        """Write a journal entry; its number."""
        fact = self.act_fact(act) if act else self.fact(kind.value)
        done = await call(JournalActivities.record, Record(**fact, kind=kind, data=data))
        return done.journal_seq

    async def show(self, *, status: Status | None = None) -> None:
        """Store where the incident stands and what it waits for, for people to see."""
        fact = self.fact("progress")
        progress = Progress(**fact, phase=self.state.phase, status=status, waiting_for=waits(self.state))
        await call_near(JournalActivities.progress, progress)
        if self.start.searchable:
            self._make_searchable(status)

    def _make_searchable(self, status: Status | None) -> None:
        known = {SearchAttribute.PHASE: self.state.phase.value, SearchAttribute.MODE: self.start.mode.value}
        known |= {SearchAttribute.REFERENCE: self.reference}
        known |= {SearchAttribute.STATUS: status.value} if status else {}
        updates = [SearchAttributeKey.for_keyword(name.value).value_set(value) for name, value in known.items()]
        workflow.upsert_search_attributes(updates)

    def receive(self, signal: Signal, subject: str) -> None:
        """Put a signal into the inbox, once."""
        name = f"{signal.value}/{subject}"
        if name in self.state.seen:
            return
        self.change(inbox=(*self.state.inbox, (signal, subject)), seen=(*self.state.seen, name)[-SEEN_KEPT:])

    async def perform(self, act: Act, check: Callable[[], None], deed: Callable[[], Awaitable[Receipt]]) -> Receipt:
        """Do a person's act once, one at a time, checking again what may have changed while it waited."""
        async with self.lock:
            for done, receipt in self.state.receipts:
                if done == act.act:
                    return receipt
            check()
            receipt = await deed()
            self.change(receipts=(*self.state.receipts, (act.act, receipt))[-RECEIPTS_KEPT:])
            await self.show()
            return receipt

    def receipt(self, seq: int, sentence: str, **more: Any) -> Receipt:  # noqa: ANN401 - fields of Receipt
        """The answer to an act."""
        return Receipt(incident=self.reference, journal_seq=seq, sentence=sentence, **more)

    def need_phase(self, *phases: Phase) -> None:
        """Refuse an act that does not belong to where the incident stands."""
        if self.state.closed:
            refuse(f"{self.reference} has ended; nothing can be done in it any more.", RefusalReason.ALREADY_ENDED)
        if self.state.phase not in phases:
            where = " or ".join(phase.value for phase in phases)
            refuse(
                f"{self.reference} is in {self.state.phase.value}; this belongs to {where}.", RefusalReason.WRONG_PHASE
            )

    def need_launched(self) -> None:
        """Refuse an act that needs a launched protocol."""
        self.need_phase(*(phase for phase in Phase if phase.rank >= Phase.COORDINATION.rank))

    async def disseminate(
        self, notice: str, kind: NoticeKind, *, relation: Relation | None = None, earlier: str | None = None
    ) -> None:
        """Start telling the readers of a released notice. The child outlives this run and this incident."""
        sent = Sent(notice=notice, kind=kind, relation=relation, earlier=earlier)
        self.change(notices=(*self.state.notices, sent))
        await self.tell_readers(self.reference, notice, kind, summary=f"{kind.value} of {self.reference}")

    async def tell_readers(self, reference: str, notice: str, kind: NoticeKind, *, summary: str) -> None:
        """Start the dissemination of a notice of this incident, or of another one whose people must hear of it."""
        await workflow.start_child_workflow(
            DISSEMINATION,
            DisseminationStart(
                reference=reference,
                notice=notice,
                kind=kind,
                mode=self.start.mode,
                clock=self.start.clock,
                policy=self.start.policy,
            ),
            id=dissemination_id(reference, notice),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=summary,
        )

    def notice_sent(self, notice: str) -> None:
        """Every delivery of a notice has been tried, or those of the notice inside have begun."""
        sent = (
            item.model_copy(update={"fanned_out": item.fanned_out or item.notice == notice})
            for item in self.state.notices
        )
        self.change(notices=tuple(sent))

    def fanned_out(self, notice: str) -> bool:
        """Whether every delivery of that notice has been tried; of the notice inside, whether they have begun."""
        return any(item.notice == notice and item.fanned_out for item in self.state.notices)

    def standing(self, notice: str) -> Sent:
        """The released notice with this id, which no other one has taken the place of; refused when there is none."""
        sent = next((item for item in self.state.notices if item.notice == notice), None)
        if sent is None or sent.relation is Relation.RECALLS:
            refuse(f"{notice} is no notice that {self.reference} has sent.", RefusalReason.UNKNOWN_SUBJECT)
        later = next((item for item in self.state.notices if item.earlier == notice), None)
        if later is not None and later.relation is not None:
            what = later.relation.value
            refuse(f"{later.notice} {what} {notice} already; name the one that stands.", RefusalReason.NOTHING_TO_DO)
        return sent

    def sent_of(self, kind: NoticeKind) -> Sent | None:
        """The first notice of a kind, if one was sent."""
        return next((item for item in self.state.notices if item.kind is kind), None)
