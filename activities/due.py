"""What an item of the agenda answers when it was looked at."""

from dataclasses import dataclass
from datetime import datetime

from activities.messages import ToSend


@dataclass(frozen=True)
class Due:
    """When to ask again, None for never; and the notices that were made, which are to be sent."""

    next_at: datetime | None
    notices: tuple[ToSend, ...] = ()
