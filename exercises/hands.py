"""What plays an inject: the same ways in that sources, readers and officers use, and no other."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.acts import Acts, actor_of
from activities.intake import Arrival, Intake
from activities.rooms import Rooms
from exercises.casebook import Casebook
from exercises.deeds import Deeds, notices_of_kind
from exercises.injects import AcknowledgeInject, ActInject, ContributionInject, Inject, ReportInject
from exercises.played import Played
from exercises.scenario import Scenario
from leerp.contributions import Contribution
from leerp.errors import RefusedError
from leerp.model import Model
from leerp.protocol import RefusalReason
from leerp.reports import Report, ReportFormat

CONTROL = "exercise-control"
"""Who takes in, in an exercise, what comes from outside."""


@dataclass(frozen=True)
class Hands:
    """Plays single injects. `casebook` remembers what they made."""

    scenario: Scenario
    rooms: Rooms
    intake: Intake
    acts: Acts
    casebook: Casebook

    async def play(self, inject: Inject, sender: str, note: Played) -> Played:
        """Play an inject (of an acknowledgement, one reader's); the note with what became of it.

        Raises RefusedError or BadInputError where the centre says no.
        """
        match inject:
            case ReportInject():
                return await self._report(inject, note)
            case ContributionInject():
                return await self._contribute(inject, note)
            case AcknowledgeInject():
                return await self._acknowledge(inject, sender, note)
            case ActInject():
                return await self._act(inject, note)

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
        named = {"source": inject.sender, "id": says.id or self._id(inject.number)}
        return Report.model_validate({**fields, **named, "reported_at": at, "observed_at": observed})

    async def _contribute(self, inject: ContributionInject, note: Played) -> Played:
        named = {"contributor": inject.sender, "id": self._id(inject.number), "contributed_at": note.at}
        reference = self.casebook.incident(inject.incident)
        receipt = await self.intake.contribution(
            _as_sent(Contribution.model_validate(dict(inject.says) | named)),
            name=f"inject-{inject.number}.json",
            reference=reference,
            contributor=inject.sender,
            arrival=Arrival(at=note.at, by=CONTROL),
        )
        became = f"Contribution {receipt.outcome.value}: {receipt.contribution}."
        return note.model_copy(update={"became": became, "incident": reference})

    async def _acknowledge(self, inject: AcknowledgeInject, sender: str, note: Played) -> Played:
        reference = self.casebook.incident(inject.incident)
        async with self.rooms.store.reading() as connection:
            found = [one.id for one in await notices_of_kind(connection, reference, inject.notice)]
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

    async def _act(self, inject: ActInject, note: Played) -> Played:
        reference = self.casebook.incident(inject.incident)
        actor = actor_of(self.rooms.directory(), inject.sender)
        common: dict[str, Any] = {"act": f"A-{self._id(inject.number)}", "actor": actor, "reason": inject.reason}
        deeds = Deeds(self.scenario, self.rooms.store, self.intake, self.casebook)
        act = await deeds.act(inject.does, reference, common)
        receipt = await self.acts.perform(inject.does.act, reference, act, at=note.at)
        made = {"incident": reference, "notice": receipt.notice}
        return note.model_copy(update={"became": receipt.sentence, **made})

    def _id(self, number: int) -> str:
        return f"{self.scenario.name}-{number}"


def _as_sent(item: Model) -> bytes:
    """A report or contribution as its owner would send it, in leerp's own form."""
    return json.dumps(item.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False).encode()
