"""Whom and what a scenario names: officers, stakeholders, channels and earlier injects, each with its place."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import BaseModel

from exercises.centre_deeds import ProductRequestDeed, RoomOpenDeed
from exercises.conditions import Condition
from exercises.deed_forms import Deed
from exercises.deed_parts import OtherAct
from exercises.expectations import DeliveryExpectation, Expectation, JournalExpectation, SightExpectation
from exercises.injects import (
    AcknowledgeInject,
    ActInject,
    ContributionInject,
    DecisionInject,
    FactInject,
    FaultInject,
    Inject,
    ReportInject,
    plain,
)
from exercises.plan_deeds import MeetDeed, PlanProposeDeed
from exercises.scenario import Scenario
from leerp.protocol import ActName

Location = tuple[int | str, ...]

OFFICER, STAKEHOLDER, ANYBODY, CHANNEL = "officer", "stakeholder", "officer or stakeholder", "channel"


class Named(NamedTuple):
    """That a name stands somewhere and what it must be."""

    location: Location
    what: str
    name: str


_STAKEHOLDERS = {
    *("reader", "readers", "invite", "attended", "lead", "support", "proposed_by", "requested_by", "provider"),
    *("owner", "other"),
}
_OFFICERS = {"person", "assigned_to"}


def named_in(scenario: Scenario) -> Iterator[Named]:
    """Everybody and everything that must stand in the directory or among the channels."""
    for at, member in enumerate(scenario.cast):
        yield Named(("cast", at, "who"), OFFICER if member.confirms else STAKEHOLDER, member.who)
    for at, branch in enumerate(scenario.branches):
        for key in ("when", "unless"):
            yield from _of_condition(getattr(branch, key), ("branches", at, key))
    for at, inject in enumerate(scenario.injects):
        place: Location = ("injects", at)
        yield from _of_inject(inject, place)
        for key in ("when", "unless"):
            yield from _of_condition(getattr(inject, key), (*place, key))
    for at, expectation in enumerate(scenario.expectations):
        yield from _of_expectation(expectation, ("expectations", at))


def _of_condition(condition: Condition | None, place: Location) -> Iterator[Named]:
    if condition and condition.reader:
        yield Named((*place, "reader"), STAKEHOLDER, condition.reader)
    if condition and condition.actor:
        yield Named((*place, "actor"), ANYBODY, condition.actor)


def _of_inject(inject: Inject, place: Location) -> Iterator[Named]:
    one = plain(inject)
    inside: Location = place if one is inject else (*place, "does")
    match one:
        case ReportInject() | ContributionInject():
            yield Named((*inside, "from"), STAKEHOLDER, one.sender)
        case AcknowledgeInject():
            yield from (Named((*inside, "from", at), STAKEHOLDER, name) for at, name in enumerate(one.senders))
        case DecisionInject():
            yield from (Named((*inside, "from", at), OFFICER, name) for at, name in enumerate(one.senders))
        case FactInject():
            yield Named((*inside, "from"), OFFICER, one.sender)
        case ActInject():
            yield Named((*inside, "from"), OFFICER, one.sender)
            if one.refused is None:
                yield from _of_model(one.does, (*inside, "does"), swapped=one.does.act is ActName.TEAM_CHANGE)
        case FaultInject():
            if one.officer:
                yield Named((*inside, "officer"), OFFICER, one.officer)
            if one.channel:
                yield Named((*inside, "channel"), CHANNEL, one.channel)
        case _:
            return


def _of_model(model: BaseModel, place: Location, *, swapped: bool) -> Iterator[Named]:
    """The names in the fields of a deed and of what stands in it. `swapped`: `other` is an officer."""
    for key, value in model:
        if isinstance(value, BaseModel):
            yield from _of_model(value, (*place, key), swapped=swapped)
        elif key in _OFFICERS or (key == "other" and swapped):
            yield from _of_value(value, (*place, key), OFFICER)
        elif key in _STAKEHOLDERS:
            yield from _of_value(value, (*place, key), STAKEHOLDER)
        elif key == "decisions":
            for at, one in enumerate(value):
                yield from _of_model(one, (*place, key, at), swapped=swapped)


def _of_value(value: str | tuple[str, ...] | None, place: Location, what: str) -> Iterator[Named]:
    if isinstance(value, str):
        yield Named(place, what, value)
    elif value:
        yield from (Named((*place, at), what, name) for at, name in enumerate(value))


def _of_expectation(expectation: Expectation, place: Location) -> Iterator[Named]:
    match expectation:
        case DeliveryExpectation() | SightExpectation():
            yield Named((*place, "reader"), STAKEHOLDER, expectation.reader)
        case JournalExpectation():
            if expectation.reader:
                yield Named((*place, "reader"), STAKEHOLDER, expectation.reader)
            if expectation.actor:
                yield Named((*place, "actor"), ANYBODY, expectation.actor)


class Made(NamedTuple):
    """That a deed refers to what an earlier inject made. `key`: where in the deed."""

    key: Location
    number: int
    what: str


_MADE_BY: dict[str, tuple[type[BaseModel], ...]] = {
    "call": (MeetDeed,),
    "proposal": (PlanProposeDeed,),
    "product": (ProductRequestDeed,),
    "room": (RoomOpenDeed,),
}
_WHAT = {"call": "call to a meeting", "proposal": "proposal", "product": "request for a product", "room": "opened room"}
_KEYS = {
    ActName.MEETING_CANCEL: "call",
    ActName.MEETING_MINUTES: "call",
    OtherAct.MEETING_ANSWER: "call",
    ActName.PLAN_ACCEPT: "proposal",
    ActName.PLAN_DECLINE: "proposal",
    ActName.PRODUCT_ASSIGN: "product",
    ActName.PRODUCT_DRAFT: "product",
    ActName.PRODUCT_WITHDRAW: "product",
    ActName.ROOM_INVITE: "room",
    ActName.ROOM_ARCHIVE: "room",
    OtherAct.ROOM_PIN: "room",
}


def unmade(deed: Deed, before: tuple[Inject, ...]) -> Iterator[Made]:
    """What a deed refers to and no inject before it has made."""
    earlier = {one.number: plain(one) for one in before}
    key = _KEYS.get(deed.act)
    if key is not None:
        number = getattr(deed, key)
        maker = earlier.get(number)
        if not (isinstance(maker, ActInject) and isinstance(maker.does, _MADE_BY[key])):
            yield Made((key,), number, _WHAT[key])
    for at, number in enumerate(getattr(deed, "items", ())):
        if not isinstance(earlier.get(number), ReportInject | ContributionInject):
            yield Made(("items", at), number, "report or contribution")
