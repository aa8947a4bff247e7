"""What workflows say to the activities of the rota, and hear back: documents by their SHA-256, and counts."""

from activities.messages import Fact
from leerp.model import Message
from leerp.rota_acts import TeamChangeAct, TeamPlanAct


class AskRota(Fact):
    """Put together what a rota is to be made of, for one of the two acts."""

    plan: TeamPlanAct | None = None
    change: TeamChangeAct | None = None


class RotaQuestion(Message):
    """What is to be solved. `frame`: the new version but for the seats that are sought. `problem`: None by hand."""

    frame: str
    problem: str | None


class SolveRota(Fact):
    """Seek the seats."""

    frame: str
    problem: str


class RotaFound(Message):
    """A version that could stand."""

    document: str


class PublishRota(Fact):
    """Let a version stand, unless another one has come in between."""

    document: str
    plan: TeamPlanAct | None = None
    change: TeamChangeAct | None = None


class RotaPublished(Message):
    """What came of it. `overtaken`: the rota has changed, or a shift has begun, since the question was asked.

    `sentence`: what the officer is told.
    """

    overtaken: bool = False
    journal_seq: int = 0
    sentence: str = ""


class ConfirmHandover(Fact):
    """The incoming officer takes a shift over."""

    shift: str | None
    approver: bool
    reason: str
