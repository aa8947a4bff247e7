"""Alarms: what an officer must hear of though nobody has asked, because something that should go on does not."""

from enum import StrEnum

from leerp.model import Instant, Message


class StuckReason(StrEnum):
    """Why a notice that is still to be sent is called stuck: the closed list, the gravest first."""

    DOES_NOT_ADD_UP = "does_not_add_up"
    NOT_RUNNING = "not_running"
    CHANNEL_DOWN = "channel_down"
    NO_MOVEMENT = "no_movement"

    @property
    def sentence(self) -> str:
        """The same for a person."""
        return _SENTENCES[self]


_SENTENCES = {
    StuckReason.DOES_NOT_ADD_UP: "its ledger does not add up",
    StuckReason.NOT_RUNNING: "nothing is at work on it",
    StuckReason.CHANNEL_DOWN: "its channel is down",
    StuckReason.NO_MOVEMENT: "nothing has moved for too long",
}


class StuckNotice(Message):
    """A notice that is stuck, since when, and how many lines of its ledger are still to be sent."""

    incident: str
    notice: str
    kind: str
    because: StuckReason
    pending: int
    since: Instant

    @property
    def sentence(self) -> str:
        """What an officer reads."""
        return f"{self.kind} {self.notice} is stuck, {self.pending} still to be sent: {self.because.sentence}"


class ChannelDown(Message):
    """A channel that does not answer, since when, and how many lines of the ledger wait for it."""

    channel: str
    since: Instant
    waiting: int

    @property
    def sentence(self) -> str:
        """What an officer reads."""
        return f"channel {self.channel} is down since {self.since:%Y-%m-%d %H:%M:%S} UTC, {self.waiting} messages wait"
