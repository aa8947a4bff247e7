"""The agenda of an incident: everything that has a time, looked at when the time has come.

Each room that keeps such things gives one function: it raises what is overdue at `fact.at`, journalled under a key of
its own so that looking twice raises it once, and says when something will be next. What readers are to be told of it is
kept as a notice that is released, and named in the answer; the workflow sends it. A look that is tried again, under the
same `fact.key`, names the same notices again.

An item looks inside one write transaction and must open no other: `contact_pins.previewed_directory` gives it the
directory, since `usable_directory` may write.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities import handover, meetings, plan_agenda, products
from activities.due import Due
from activities.messages import Look, NextLook
from activities.rooms import Rooms

Item = Callable[[AsyncConnection, Rooms, Look], Awaitable[datetime | Due | None]]
"""What raises what is overdue, and answers when it wants to be asked again: a time after `at`, or None."""

AGENDA: Sequence[Item] = (plan_agenda.look, handover.look, meetings.look, products.look)
"""Whoever keeps something that has a time."""

_SOONEST = timedelta(seconds=1)
"""An item that names a time which has come already is asked again after this, not at once and for ever."""


class AgendaActivities:
    """Looks at the agenda."""

    def __init__(self, rooms: Rooms, *, items: Sequence[Item] = AGENDA) -> None:
        self.rooms = rooms
        self._items = items

    @activity.defn(name="agenda.look")
    async def look(self, request: Look) -> NextLook:
        """Raise what is overdue, in one transaction, and say when to look again."""
        await self.rooms.admit(request.incident)
        async with self.rooms.store.writing() as tx:
            answers = [await item(tx, self.rooms, request) for item in self._items]
        due = [one if isinstance(one, Due) else Due(one) for one in answers]
        wanted = [max(one.next_at, request.at + _SOONEST) for one in due if one.next_at is not None]
        return NextLook(next_at=min(wanted, default=None), notices=tuple(sent for one in due for sent in one.notices))
