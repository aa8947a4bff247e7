"""What deeds have in common: lists of readers, what is no act on a running incident, and what a draft is to another."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from leerp.model import Identifier, Model
from leerp.notices import Relation

Readers = Annotated[tuple[Identifier, ...], Field(max_length=1_000)]


class OtherAct(StrEnum):
    """What people do beside the acts on a running incident: no workflow is asked."""

    HIT = "hit"
    MEETING_ANSWER = "meeting_answer"
    ROOM_PIN = "room_pin"


class Related(Model):
    """A deed that drafts a notice. `relation`: what it is to the newest released one of its kind."""

    relation: Literal[Relation.REPLACES, Relation.CORRECTS] | None = None
