"""Activities of step VI: pool what countries contribute, and find what meets."""

from temporalio import activity

from activities.facts import note
from activities.messages import TakeInContribution
from activities.rooms import Rooms
from leerp.journal import JournalKind
from matrices.correlation import meaningful
from records import contributions


class InvestigationActivities:
    """The pool of contributions."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="investigation.take_in")
    async def take_in(self, request: TakeInContribution) -> None:
        """Match a contribution against the pool. The journal says that there is a hit and whose, never what it is."""
        await self.rooms.incident(request.incident)
        async with self.rooms.store.writing() as tx:
            stored = await contributions.get(tx, request.contribution)
            observables = stored.contribution.observables
            telling = set(meaningful(observables))
            common = [f"{one.kind.value}:{one.value}" for one in observables if one not in telling]
            hits = await contributions.match(tx, stored.id, at=request.at, ignore=common)
            for number, hit in enumerate(hits):
                data = hit.model_dump(mode="json", include={"first", "second", "first_owner", "second_owner"})
                kind = hit.observable.split(":", 1)[0]
                data |= {"observable_kind": kind}
                await note(tx, request, JournalKind.INVESTIGATION_HIT_FOUND, data, subject=str(number))
