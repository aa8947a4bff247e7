"""Activities of step III: open the coordination centre."""

from temporalio import activity

from activities.contact_pins import usable_directory
from activities.facts import note
from activities.messages import Done, FormTeam
from activities.rooms import Rooms
from leerp.incidents import IncidentPatch
from leerp.journal import JournalKind
from matrices.teams import form_team
from records import incidents


class CoordinationActivities:
    """The team and the virtual command post."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @activity.defn(name="coordination.form_team")
    async def form_team(self, request: FormTeam) -> Done:
        """Open the centre with a team by skill; a role that nobody can fill is said, not hidden."""
        directory = await usable_directory(self.rooms)
        team = form_team(request.roles, directory.officers)
        short = [member.role for member in team if member.officer is None]
        async with self.rooms.store.writing() as tx:
            await incidents.patch(tx, request.incident, IncidentPatch(team=team))
            opened = {"centre": directory.centre.id, "directory": directory.version}
            entry = await note(tx, request, JournalKind.COORDINATION_CENTRE_OPENED, opened)
            members = [member.model_dump() for member in team]
            await note(tx, request, JournalKind.COORDINATION_TEAM_FORMED, {"team": members, "shortfall": short})
            contacts = [f"{contact.channel}: {contact.address}" for contact in directory.centre.contacts]
            await note(tx, request, JournalKind.COORDINATION_POST_OPENED, {"contacts": contacts})
        return Done(journal_seq=entry.seq)
