"""The after-action report: what was to be shown, what happened, who answered when, and what was withheld and why.

Its headings follow the after-action reports of HSEEP: overview, objectives, analysis, improvement.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from exercises.injects import Inject, senders
from exercises.kept import Kept
from exercises.offsets import write_offset
from exercises.played import Played
from exercises.scenario import FactSource, Scenario
from exercises.scoring import Proof, Scored
from exercises.timeline import Chart, charts
from leerp.incidents import Decision, IncidentView, NoticeView
from leerp.journal import JournalEntry, JournalKind
from leerp.model import Instant, Message, iso
from leerp.notices import Delivery, DeliveryState


class ObjectiveResult(Message):
    """An objective is met when every expectation under it is; one without expectations is left to the evaluators."""

    id: str
    text: str
    met: bool | None
    expectations: tuple[Scored, ...]


class InjectResult(Message):
    """An inject with the columns of its MSEL, and what became of it."""

    number: int
    offset: str
    at: Instant
    kind: str
    senders: tuple[str, ...]
    to: str
    description: str
    expected: str
    objective: str | None
    sources: tuple[str, ...]
    evaluator_note: str
    as_expected: bool
    played: tuple[Played, ...]


class Answer(Message):
    """How long a reader took to confirm a notice; None where it has not. `late`: later than was asked, or never."""

    reader: str
    notice: str
    kind: str
    sent_at: Instant
    acknowledged_at: Instant | None
    minutes: float | None
    limit_minutes: int | None
    late: bool


class Withheld(Message):
    """A reader who got nothing of a notice over a channel, and why."""

    notice: str
    kind: str
    reader: str
    reason: str


class Remark(Message):
    """Something of note, with the entry that tells of it."""

    at: Instant
    proof: Proof
    kind: str
    text: str


class AfterAction(Message):
    """`after-action.json`. Nothing in it depends on when or how fast the run really was."""

    exercise: str
    version: str
    title: str
    summary: str
    seed: int
    starts_at: Instant
    ends_at: Instant
    incident: IncidentView
    sources: tuple[FactSource, ...]
    met: bool
    failures: tuple[str, ...]
    objectives: tuple[ObjectiveResult, ...]
    other_expectations: tuple[Scored, ...]
    injects: tuple[InjectResult, ...]
    answers: tuple[Answer, ...]
    withheld: tuple[Withheld, ...]
    remarks: tuple[Remark, ...]
    journal_entries: int

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided."""
        return self.incident.decisions

    @property
    def notices(self) -> tuple[NoticeView, ...]:
        """What went out."""
        return tuple(one for one in self.incident.notices if one.released)


def after_action(
    scenario: Scenario, played: Sequence[Played], kept: Sequence[Kept], scored: Sequence[Scored], *, seed: int
) -> AfterAction:
    """The report of a run; the first incident kept is the run's own."""
    injects = tuple(_inject(scenario, inject, played) for inject in scenario.injects)
    failures = (*_unmet(scored), *_otherwise(injects))
    limits = kept[0].acknowledge_within_minutes
    return AfterAction(
        exercise=scenario.name,
        version=scenario.version,
        title=scenario.title,
        summary=scenario.summary,
        seed=seed,
        starts_at=scenario.start,
        ends_at=scenario.end,
        incident=kept[0].incident,
        sources=scenario.sources,
        met=not failures,
        failures=failures,
        objectives=tuple(_objectives(scenario, scored)),
        other_expectations=tuple(one for one in scored if one.objective is None),
        injects=injects,
        answers=tuple(_answers(kept[0].ledger, limits)),
        withheld=tuple(_withheld(kept[0].ledger)),
        remarks=tuple(_remarks(kept[0].journal)),
        journal_entries=len(kept[0].journal),
    )


def _unmet(scored: Iterable[Scored]) -> Iterator[str]:
    return (f"Expectation {one.id} is not met: {one.text} {one.because}" for one in scored if not one.met)


def _otherwise(injects: Iterable[InjectResult]) -> Iterator[str]:
    for inject in injects:
        for one in inject.played:
            if not one.as_expected:
                yield f"Inject {inject.number} ({one.sender}) went otherwise: {one.became}"


def _objectives(scenario: Scenario, scored: Sequence[Scored]) -> Iterator[ObjectiveResult]:
    for objective in scenario.objectives:
        mine = tuple(one for one in scored if one.objective == objective.id)
        met = all(one.met for one in mine) if mine else None
        yield ObjectiveResult(id=objective.id, text=objective.text, met=met, expectations=mine)


def _inject(scenario: Scenario, inject: Inject, played: Sequence[Played]) -> InjectResult:
    mine = tuple(one for one in played if one.number == inject.number)
    kind = f"{inject.kind}: {inject.does.act.value}" if inject.kind == "act" else inject.kind
    return InjectResult(
        number=inject.number,
        offset=write_offset(inject.at),
        at=scenario.time(inject.at),
        kind=kind,
        senders=senders(inject),
        to=inject.to,
        description=inject.description,
        expected=inject.expected,
        objective=inject.objective,
        sources=inject.sources,
        evaluator_note=inject.evaluator_note,
        as_expected=all(one.as_expected for one in mine),
        played=mine,
    )


def _answers(deliveries: Sequence[Delivery], limits: dict[str, int]) -> Iterator[Answer]:
    """One for each reader and notice that was sent: from the first time it was sent to the first time confirmed."""
    lines: dict[tuple[str, str], list[Delivery]] = {}
    for line in deliveries:
        if line.sent_at is not None:
            lines.setdefault((line.reader, line.notice), []).append(line)
    for (reader, notice), mine in lines.items():
        sent = min(line.sent_at for line in mine if line.sent_at)
        confirmed = min((line.acknowledged_at for line in mine if line.acknowledged_at), default=None)
        minutes = None if confirmed is None else round((confirmed - sent).total_seconds() / 60, 1)
        limit = limits.get(notice)
        yield Answer(
            reader=reader,
            notice=notice,
            kind=mine[0].kind.value,
            sent_at=sent,
            acknowledged_at=confirmed,
            minutes=minutes,
            limit_minutes=limit,
            late=limit is not None and (minutes is None or minutes > limit),
        )


def _withheld(deliveries: Sequence[Delivery]) -> Iterator[Withheld]:
    for line in deliveries:
        if line.state in (DeliveryState.WITHHELD, DeliveryState.FAILED):
            yield Withheld(notice=line.notice, kind=line.kind.value, reader=line.reader, reason=line.reason or "")


_REMARKABLE = {
    JournalKind.DESK_ACT_REFUSED: "{sentence}",
    JournalKind.TRIAGE_PRESUMPTION_RAISED: "The incident is presumed criminal.",
    JournalKind.TRIAGE_PRESUMPTION_REBUTTED: "The presumption of a crime is rebutted: {evidence}",
    JournalKind.TRIAGE_PRESUMPTION_QUESTIONED: "{because} speaks of malice although the presumption is rebutted.",
    JournalKind.TRIAGE_GRADE_PROPOSED: "{proposed} proposed for {report}; {stands} stands.",
    JournalKind.TRIAGE_GRADE_CHANGED: "{report} is graded {proposed} with its provider's agreement, before {stands}.",
    JournalKind.TRIAGE_WATCH_ELAPSED: "The time to watch has passed; a decision is asked for again.",
    JournalKind.PLAN_CONFLICT_FOUND: "{first} and {second} collide ({alert}): {because}",
    JournalKind.PLAN_TEAM_SUGGESTED: "A joint investigation team is suggested: {because}.",
    JournalKind.INVESTIGATION_HIT_FOUND: "{first_owner} and {second_owner} hold the same {observable_kind}.",
    JournalKind.DELIVERY_READER_ESCALATED: "Asked a second time, over another contact point: {readers}",
    JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE: "{kind} not confirmed in time by {readers}",
    JournalKind.DELIVERY_MESSAGE_REPEATED: "A message to {reader} may have gone twice.",
}


def _remarks(entries: Iterable[JournalEntry]) -> Iterator[Remark]:
    for entry in entries:
        words = _against(entry) or _REMARKABLE.get(entry.kind)
        if words:
            said = {key: _said(value) for key, value in entry.data.items()}
            proof = Proof(incident=entry.incident, seq=entry.seq)
            text = words.format_map(_Known(said))
            yield Remark(at=datetime.fromisoformat(entry.at), proof=proof, kind=entry.kind.value, text=text)


def _against(entry: JournalEntry) -> str | None:
    """The words for a decision that went against what was recommended."""
    decided = (JournalKind.TRIAGE_DECISION_MADE, JournalKind.TRIAGE_DECISION_KEPT)
    if entry.kind not in decided or not entry.data.get("against_recommendation"):
        return None
    return "Decided {choice} although {recommended} was recommended: {reason}"


class _Known(dict[str, str]):
    """What an entry says; what it does not say is left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def render(report: AfterAction) -> str:
    """The report as one HTML page that needs nothing else: no script, no file beside it."""
    return _environment().get_template("after-action.html").render(report=report, charts=_charts(report))


def _charts(report: AfterAction) -> tuple[Chart, ...]:
    lanes = (
        ("injects", [(inject.at, f"inject {inject.number}: {inject.description}") for inject in report.injects]),
        ("decisions", [(one.at, f"{one.choice} by {one.actor}") for one in report.decisions]),
        ("notices", [(one.issued_at, f"{one.kind.value} to {one.planned} readers") for one in report.notices]),
        (
            "confirmed",
            [(one.acknowledged_at, f"{one.reader}: {one.kind}") for one in report.answers if one.acknowledged_at],
        ),
        ("remarks", [(one.at, one.text) for one in report.remarks]),
    )
    return charts(lanes, begin=report.starts_at, end=report.ends_at)


def _utc(at: datetime) -> str:
    """A time for people, to the second, with its offset."""
    return iso(at)[:19].replace("T", " ") + iso(at)[26:]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("exercises"),
        undefined=StrictUndefined,
        autoescape=True,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["utc"] = _utc
    return made
