"""Facts and messages of an exercise: what was told and what was true when, against what the incident had settled."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from exercises.conditions import time_of_entry
from exercises.injects import FactInject, MessageInject, ReportInject, plain
from exercises.kept import Kept
from exercises.offsets import minutes_of
from exercises.played import Played
from exercises.scenario import Scenario
from exercises.scoring import Proof, proof_of
from leerp.facts import Facts
from leerp.journal import JournalKind
from leerp.model import Instant, Message


class FactTold(Message):
    """A fact as an inject told it. `certain`: the scenario says that it is so, and not only that somebody says so."""

    inject: int
    by: str
    at: Instant
    value: str
    certain: bool
    marking: str | None


class FactSettled(Message):
    """A fact as a person settled it in the incident."""

    by: str
    at: Instant
    value: str
    proof: Proof


class FactStory(Message):
    """One fact of one incident, from the first word of it to what the incident had at the end.

    `known_at`: from when the scenario says that it is so, else when it was first told. `minutes`: from then until a
    person settled it first after that; None where nobody has. `right`: whether what was settled last is what the
    scenario says is so; None where it says nothing, or nobody has settled anything.
    """

    incident: str
    fact: str
    known_at: Instant
    told: tuple[FactTold, ...]
    settled: tuple[FactSettled, ...]
    minutes: float | None
    right: bool | None


class MessageTold(Message):
    """What somebody outside the protocol said to the players."""

    inject: int
    at: Instant
    sender: str
    to: str
    delivery: str
    subject: str
    text: str
    became: str


def fact_stories(scenario: Scenario, played: Sequence[Played], kept: Sequence[Kept]) -> Iterator[FactStory]:
    """Every fact of which anything was told or settled: by incident, in the order in which they came up."""
    told = _told(scenario, played, kept[0].incident.reference)
    for each in kept:
        reference = each.incident.reference
        settled = _settled(each)
        for fact in dict.fromkeys([*(name for of, name in told if of == reference), *settled]):
            yield _story(reference, fact, told.get((reference, fact), []), settled.get(fact, []))


def _story(incident: str, fact: str, told: Sequence[FactTold], settled: Sequence[FactSettled]) -> FactStory:
    certain = [one for one in told if one.certain]
    known_at = min(one.at for one in (certain or told or settled))
    first = min((one.at for one in settled if one.at >= known_at), default=None)
    return FactStory(
        incident=incident,
        fact=fact,
        known_at=known_at,
        told=tuple(told),
        settled=tuple(settled),
        minutes=None if first is None else minutes_of(first - known_at),
        right=settled[-1].value == certain[-1].value if settled and certain else None,
    )


def _told(scenario: Scenario, played: Iterable[Played], first: str) -> dict[tuple[str, str], list[FactTold]]:
    """By incident and fact; of what several say alike, the first to say it."""
    notes = {one.number: one for one in played if one.happened}
    found: dict[tuple[str, str], list[FactTold]] = {}
    for inject in scenario.injects:
        does, note = plain(inject), notes.get(inject.number)
        if note is None or not isinstance(does, ReportInject | FactInject):
            continue
        facts = does.facts if isinstance(does, FactInject) else does.says.facts
        for fact, value in said(facts).items():
            told = FactTold(
                inject=inject.number,
                by=note.sender,
                at=note.at,
                value=value,
                certain=isinstance(does, FactInject),
                marking=does.says.marking.banner if isinstance(does, ReportInject) else None,
            )
            mine = found.setdefault((note.incident or first, fact), [])
            if told.certain or told.value not in [one.value for one in mine]:
                mine.append(told)
    return found


def _settled(kept: Kept) -> dict[str, list[FactSettled]]:
    found: dict[str, list[FactSettled]] = {}
    for entry in kept.journal:
        facts = entry.data.get("facts")
        if entry.kind is JournalKind.TRIAGE_FACTS_ASSESSED and isinstance(facts, dict):
            for fact, value in facts.items():
                word = FactSettled(
                    by=entry.actor,
                    at=time_of_entry(entry),
                    value=_words(value),
                    proof=proof_of(entry),
                )
                found.setdefault(fact, []).append(word)
    return found


def said(facts: Facts) -> dict[str, str]:
    """What facts say, each in words; what they do not say is left out."""
    return {name: _words(value) for name, value in facts.model_dump(mode="json", exclude_defaults=True).items()}


def _words(value: Any) -> str:  # noqa: ANN401 - any fact
    if isinstance(value, Mapping):
        least, most = value.get("at_least"), value.get("at_most")
        if least == most and least is not None:
            return f"{least:g}"
        bounds = (("at least", least), ("at most", most))
        return ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None)
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def messages(scenario: Scenario, played: Iterable[Played]) -> Iterator[MessageTold]:
    """What was said to the players beside the protocol, and was played."""
    notes = {one.number: one for one in played if one.happened}
    for inject in scenario.injects:
        does, note = plain(inject), notes.get(inject.number)
        if isinstance(does, MessageInject) and note:
            yield MessageTold(
                inject=inject.number,
                at=note.at,
                sender=note.sender,
                to=does.to,
                delivery=does.delivery,
                subject=does.says.subject,
                text=does.says.text,
                became=note.became,
            )
