"""What people do about a meeting after it was called; the call itself is `leerp.protocol.MeetAct`."""

from leerp.model import Identifier
from leerp.protocol import Act


class CancelMeetingAct(Act):
    """Cancel a meeting: whoever was called is told so."""

    meeting: Identifier


class MinutesAct(Act):
    """Keep the minutes of a meeting (the SHA-256 of their document); what was decided goes on record and into the plan.

    Without the countries that are needed nothing is decided, unless a `reason` says why it is all the same.
    """

    meeting: Identifier
    minutes: str
