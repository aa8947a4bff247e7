"""What plays an inject: the same ways in that sources, readers and officers use, and no other."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.acts import Acts, actor_of
from activities.intake import Arrival, Intake
from activities.permissions import record_late
from activities.rooms import Rooms
from exercises.casebook import Casebook
from exercises.centre_deeds import HitDeed, RoomPinDeed
from exercises.deed_forms import AssessDeed, DecideDeed, Deed
from exercises.deeds import Deeds
from exercises.injects import (
    CONTROL,
    AcknowledgeInject,
    ActInject,
    ContributionInject,
    DecisionInject,
    FactInject,
    FaultInject,
    MessageInject,
    PlainInject,
    ReportInject,
)
from exercises.other_acts import OtherActs
from exercises.plan_deeds import MeetingAnswerDeed
from exercises.played import Played
from exercises.scenario import Scenario
from leerp.contributions import Contribution
from leerp.errors import RefusedError
from leerp.model import Model
from leerp.protocol import ActName, Receipt, RefusalReason
from leerp.reports import Report, ReportFormat
from leerp.restrictions import ConsentAct
from records import notices


@dataclass(frozen=True)
class Hands:
    """Plays single injects. `casebook` remembers what they made."""

    scenario: Scenario
    rooms: Rooms
    intake: Intake
    acts: Acts
    casebook: Casebook

    async def play(self, inject: PlainInject, sender: str, note: Played) -> Played:
        """Play an inject (of an acknowledgement or a decision, one person's part); the note with what became of it.

        A fault is not for hands to make. Raises RefusedError or BadInputError where the centre says no.
        """
        match inject:
            case ReportInject():
                done = await self._report(inject, note)
            case ContributionInject():
                done = await self._contribute(inject, note)
            case AcknowledgeInject():
                done = await self._acknowledge(inject, sender, note)
            case ActInject():
                done = await self.act(inject.does, inject, note)
            case DecisionInject():
                done = await self.act(DecideDeed(act=ActName.DECIDE, choice=inject.choice), inject, note)
            case FactInject():
                done = await self.act(AssessDeed(act=ActName.ASSESS, facts=inject.facts), inject, note)
            case MessageInject():
                done = note.model_copy(update={"became": f"{sender} says to {inject.to}: {inject.says.subject}"})
            case FaultInject():
                raise TypeError(f"inject {inject.number} is a fault")
        return done

    async def _report(self, inject: ReportInject, note: Played) -> Played:
        receipt = await self.intake.report(
            _as_sent(self._report_of(inject, note.at)),
            name=f"inject {inject.number}",
            arrival=Arrival(at=note.at, by=CONTROL),
            format=ReportFormat.JSON,
        )
        self.casebook.remember(inject.number, incident=receipt.incident, report=receipt.report)
        as_expected = inject.outcome in (None, receipt.outcome)
        became = f"Report {receipt.outcome.value}: {receipt.report} in {receipt.incident}."
        if not as_expected and inject.outcome:
            became += f" It was to be {inject.outcome.value}."
        made = {"incident": receipt.incident, "report": receipt.report}
        return note.model_copy(update={"became": became, "as_expected": as_expected, **made})

    def _report_of(self, inject: ReportInject, at: datetime) -> Report:
        says = inject.says
        observed = self.scenario.time(says.observed) if says.observed is not None else None
        fields = {name: value for name, value in says if name not in ("id", "observed")}
        named = {"source": inject.sender, "id": says.id or self.id_of(inject.number)}
        return Report.model_validate({**fields, **named, "reported_at": at, "observed_at": observed})

    async def _contribute(self, inject: ContributionInject, note: Played) -> Played:
        identifier = inject.says.id or self.id_of(inject.number)
        named = {"contributor": inject.sender, "id": identifier, "contributed_at": note.at}
        reference = self.casebook.incident(inject.incident)
        receipt = await self.intake.contribution(
            _as_sent(Contribution.model_validate(dict(inject.says) | named)),
            name=f"inject-{inject.number}.json",
            reference=reference,
            contributor=inject.sender,
            arrival=Arrival(at=note.at, by=CONTROL),
        )
        self.casebook.remember_item(inject.number, receipt.contribution)
        became = f"Contribution {receipt.outcome.value}: {receipt.contribution}."
        return note.model_copy(update={"became": became, "incident": reference})

    async def _acknowledge(self, inject: AcknowledgeInject, sender: str, note: Played) -> Played:
        reference = self.casebook.incident(inject.incident)
        async with self.rooms.store.reading() as connection:
            found = await notices.of_kind(connection, reference, inject.notice)
        arrival = Arrival(at=note.at, by=CONTROL)
        refused = RefusedError(f"There is no {inject.notice.value} yet.", reason=RefusalReason.UNKNOWN_SUBJECT)
        for notice in found:
            try:
                first = await self.intake.acknowledge(notice, reader=sender, how=inject.how, arrival=arrival)
            except RefusedError as error:
                refused = error
                continue
            became = f"{sender} confirms {notice}." if first else f"{sender} had confirmed {notice} before."
            return note.model_copy(update={"became": became, "incident": reference, "notice": notice})
        raise refused

    async def act(self, deed: Deed, inject: ActInject | DecisionInject | FactInject, note: Played) -> Played:
        """Let an officer act; what comes of it is remembered under the number of the inject."""
        reference = self.casebook.incident(inject.incident)
        actor = actor_of(self.rooms.directory(), note.sender)
        common: dict[str, Any] = {"act": f"A-{self.id_of(inject.number)}{_part(inject, note)}", "actor": actor}
        common["reason"] = inject.reason
        deeds = Deeds(self.scenario, self.rooms.store, self.intake, self.casebook)
        if isinstance(deed, HitDeed | MeetingAnswerDeed | RoomPinDeed):
            others = OtherActs(self.rooms, deeds.made)
            became = await others.do(deed, reference, **common, at=note.at)
            return note.model_copy(update={"became": became, "incident": reference})
        act = await deeds.act(deed, reference, common)
        receipt = await self._late(reference, act, at=note.at) if isinstance(act, ConsentAct) else None
        receipt = receipt or await self.acts.perform(deed.act, reference, act, at=note.at)
        self.casebook.remember_entry(inject.number, incident=reference, seq=receipt.journal_seq)
        made = {"incident": reference, "notice": receipt.notice}
        return note.model_copy(update={"became": receipt.sentence, **made})

    async def _late(self, reference: str, act: ConsentAct, *, at: datetime) -> Receipt | None:
        """The receipt of a provider's word after the incident has ended; None while it runs and takes it itself."""
        if not (await self.rooms.incident(reference)).status.ended:
            return None
        recorded = await record_late(self.rooms, reference, act, at=at)
        sentence = f"Recorded for {recorded.readers} readers; nothing is sent for it."
        return Receipt(incident=reference, journal_seq=recorded.journal_seq, sentence=sentence, notice=act.notice)

    def id_of(self, number: int) -> str:
        """The id of what an inject brings, where the inject itself says none."""
        return f"{self.scenario.name}-{number}"


def _part(inject: ActInject | DecisionInject | FactInject, note: Played) -> str:
    """What tells the acts of several people in one inject apart: whose it is, and when."""
    return f"-{note.sender}-{note.at:%H%M}" if isinstance(inject, DecisionInject) else ""


def _as_sent(item: Model) -> bytes:
    """A report or contribution as its owner would send it, in leerp's own form."""
    return json.dumps(item.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False).encode()
