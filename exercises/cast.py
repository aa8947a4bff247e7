"""The cast: who behaves how in an exercise, without an inject of their own."""

from datetime import timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from exercises.offsets import Offset
from leerp.model import Identifier, Line, Model
from leerp.notices import NoticeKind
from leerp.protocol import ActName


class Answers(StrEnum):
    """How somebody answers. `wrongly`: confirms what was sent to others and not to it, which must be refused."""

    AFTER = "after"
    NEVER = "never"
    WRONGLY = "wrongly"


Confirmed = Literal[ActName.DECIDE, ActName.RELEASE, ActName.CLOSE]


class CastMember(Model):
    """A stakeholder who confirms notices, or an officer who confirms what a first person has proposed (`confirms`).

    `after`: how long after it was sent or proposed; `over`: and at a moment drawn by the seed within this span more.
    `notices`: of which kinds; absent, every notice that asks to be confirmed. `how`: in whose words it came in.
    `reason`: what an officer gives as the reason.
    """

    who: Identifier
    answers: Answers
    after: Offset | None = None
    over: Offset = timedelta()
    notices: tuple[NoticeKind, ...] | None = Field(default=None, min_length=1)
    confirms: tuple[Confirmed, ...] = ()
    how: Line = "telephone"
    reason: Line = "I have seen the same and agree."

    @model_validator(mode="after")
    def _whole(self) -> "CastMember":
        if self.answers is Answers.NEVER:
            if self.after is not None:
                raise ValueError("whoever never answers has no time to answer in; leave out after")
        elif self.after is None:
            raise ValueError(f"say after how long {self.who} answers, as in after: '+00:12'")
        if self.confirms and self.notices is not None:
            raise ValueError(f"{self.who} either confirms notices or what an officer has proposed; make it two people")
        if self.confirms and self.answers is Answers.WRONGLY:
            raise ValueError("an officer answers after a time or never; play a wrong act as an inject")
        return self
