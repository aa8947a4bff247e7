"""Step I, early detection: the first report is taken in. Storing and correlating came before (records, intake)."""

from workflows.incident import Incident
from workflows.waiting import Wait


async def take_in(incident: Incident, wait: Wait) -> None:
    """Wait until the first report has been graded and classified, or is gone; the inbox does the work."""
    await wait(lambda: incident.state.classified or incident.state.merged_into is not None)
