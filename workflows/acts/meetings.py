"""Acts on meetings."""

from temporalio import workflow

from leerp.meeting_acts import CancelMeetingAct, MinutesAct
from leerp.protocol import ActName, MeetAct, Receipt
from workflows import meetings
from workflows.acts import Acts


class MeetingActs(Acts):
    """Call, cancel and minute meetings."""

    @workflow.update(name=ActName.MEET)
    async def meet(self, act: MeetAct) -> Receipt:
        """Call a meeting, or move one."""
        return await meetings.meet(self.incident, act)

    @meet.validator
    def _check_meet(self, act: MeetAct) -> None:
        meetings.check_meet(self.incident, act)

    @workflow.update(name=ActName.MEETING_CANCEL)
    async def meeting_cancel(self, act: CancelMeetingAct) -> Receipt:
        """Cancel a meeting."""
        return await meetings.cancel(self.incident, act)

    @meeting_cancel.validator
    def _check_meeting_cancel(self, act: CancelMeetingAct) -> None:
        meetings.check_cancel(self.incident, act)

    @workflow.update(name=ActName.MEETING_MINUTES)
    async def meeting_minutes(self, act: MinutesAct) -> Receipt:
        """Keep the minutes of a meeting."""
        return await meetings.minutes(self.incident, act)

    @meeting_minutes.validator
    def _check_meeting_minutes(self, act: MinutesAct) -> None:
        meetings.check_minutes(self.incident, act)
