"""What of it all somebody at the desk may see: the person's clearance, the desk's own limit, and who is admitted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from desk.access.principals import Principal
from leerp.marking import Level, Marking, refusal
from records.incidents import StoredIncident

HIDDEN = "[not for your clearance]"


@dataclass(frozen=True)
class Sight:
    """What one person sees at one time.

    `maximum`: up to which level the desk may show anything to anybody. `closed`: the references of the incidents that
    this person is not admitted to. What providers ask for with handling codes binds those to whom the centre passes
    something on, not the centre's own people, who have to apply them (Regulation (EU) 2016/794 Art. 19).
    """

    principal: Principal
    maximum: Level
    now: datetime
    closed: Collection[str] = frozenset()

    def may_read(self, marking: Marking) -> bool:
        """Whether what is marked so may be shown."""
        return refusal(marking, self.principal.reader, channel_maximum=self.maximum, lifted=True, at=self.now) is None

    def admitted(self, reference: str) -> bool:
        """Whether the person needs to know of an incident at all."""
        return self.principal.of_the_centre and reference not in self.closed

    def sees_inside(self, incident: StoredIncident) -> bool:
        """Whether an incident is shown with what is in it, and not as a line with a reference alone."""
        return self.admitted(incident.reference) and self.may_read(incident.marking)

    def title(self, incident: StoredIncident) -> str:
        """The title of an incident, or that it is not for this person."""
        return incident.title if self.sees_inside(incident) else HIDDEN
