"""The officer's acts: grade, assess, decide, warn, release, inform, acknowledge, contribute, plan, close."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from activities.confirming import Confirming
from activities.intake import Arrival
from desk.assembly import open_house, wall_clock
from desk.cli.common import AsOfficer, Reason, send_act, who_acts
from desk.cli.running import REFUSED, Answer, read_file
from leerp.assessments import Assessment
from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.formats.strict import yaml_model
from leerp.grades import Grade, Scale
from leerp.incidents import Choice
from leerp.marking import Level, Marking, Tlp
from leerp.model import Instant
from leerp.notices import NoticeKind, PrivatePartyGround, Relation
from leerp.plans import Action, Plan
from leerp.protocol import (
    ActName,
    AssessAct,
    CloseAct,
    DecideAct,
    GradeAct,
    InformAct,
    MeetAct,
    PlanAddAct,
    PlanAgreeAct,
    PlanDraftAct,
    ReleaseAct,
    WarnAct,
)
from leerp.reports import MAX_REPORT_BYTES
from leerp.settings import Settings
from notifications.replies import MAX_BYTES, read_reply
from records import incidents

SMALL_FILE = 1024 * 1024

Command = Callable[..., Awaitable[Answer]]


def add_to(app: App) -> None:
    """Add these commands."""
    plan = App(name="plan", help="The operational action plan: meet, add, agree, draft, show.")
    commands: tuple[Command, ...] = (grade, assess, decide, warn, release, inform, acknowledge, contribute, close)
    for command in commands:
        app.command(command)
    commands = (meet, add, agree, draft, show)
    for command in commands:
        plan.command(command)
    app.command(plan)


async def grade(  # noqa: PLR0913 - a command has its options
    reference: str,
    report: str,
    code: str,
    *,
    scale: Literal["4x4", "admiralty"] = "4x4",
    provider_agrees: bool = False,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Propose another grade for a report; it stands only with --provider-agrees (Regulation 2016/794 Art. 29).

    What the centre collected itself from open sources is the centre's to grade, and needs no agreement.
    """
    fields = {
        "report": report,
        "grade": Grade(scale=Scale(scale), code=code),
        "provider_agrees": provider_agrees,
        "reason": reason,
    }
    return await send_act(ActName.GRADE, reference, GradeAct, officer=officer, **fields)


async def assess(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    facts: Path | None = None,
    assessment: Path | None = None,
    level: Level = Level.BPL,
    tlp: Literal["clear", "green", "amber", "amber+strict", "red"] = "amber",
    table: str | None = None,
    unsettle: tuple[str, ...] = (),
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Settle facts (a YAML or JSON file), or record a tactical assessment (a text file with its level and TLP).

    An incident keeps the very table it was classified with; --table NAME classifies it anew by a table as it is now.
    --unsettle FACT takes back what was settled, so that what reports say counts again.
    """
    if facts is None and assessment is None and table is None and not unsettle:
        raise BadInputError("give --facts FILE, --assessment FILE, --unsettle FACT or --table NAME, or several of them")
    settled = yaml_model(Facts, read_file(str(facts), limit=SMALL_FILE), name=str(facts)) if facts else Facts()
    document = None
    if assessment:
        text = read_file(str(assessment), limit=SMALL_FILE).decode("utf-8", "strict")
        marked = Assessment(text=text, marking=Marking(level=level, tlp=Tlp(f"TLP:{tlp.upper()}")))
        document = await _keep(marked.model_dump_json().encode(), marking=marked.marking.banner)
    fields = {"facts": settled, "assessment": document, "table": table, "unsettle": unsettle, "reason": reason}
    return await send_act(ActName.ASSESS, reference, AssessAct, officer=officer, **fields)


async def _keep(content: bytes, *, marking: str) -> str:
    async with open_house(Settings()) as house:
        return await house.intake.keep_document(content, media_type="application/json", marking=marking)


async def decide(reference: str, choice: Choice, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Launch the protocol, hand over to the normal procedure, or watch. A launch is confirmed by a second person."""
    return await send_act(ActName.DECIDE, reference, DecideAct, officer=officer, choice=choice, reason=reason)


async def warn(
    reference: str,
    *,
    update: bool = False,
    replaces: str | None = None,
    corrects: str | None = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Draft the early warning afresh from what is known now; with --update, an update to one that went out.

    --replaces or --corrects names a notice of the same kind that was sent: whoever has it is told so, and whom it has
    not reached yet gets the new one alone, once that is released.
    """
    if replaces and corrects:
        raise BadInputError("give --replaces or --corrects, not both")
    fields: dict[str, object] = {"kind": NoticeKind.UPDATE if update else NoticeKind.EARLY_WARNING, "reason": reason}
    if replaces or corrects:
        relation = Relation.REPLACES if replaces else Relation.CORRECTS
        fields |= {"relation": relation, "earlier": replaces or corrects}
    return await send_act(ActName.WARN, reference, WarnAct, officer=officer, **fields)


async def release(
    reference: str,
    notice: str,
    *,
    reason: Reason = "",
    restrictions_read: bool = False,
    ground: PrivatePartyGround | None = None,
    officer: AsOfficer = None,
) -> Answer:
    """Release a drafted notice; the first person proposes, a second one lets it go.

    Private parties get no personal data but on a --ground (Regulation (EU) 2016/794 Art. 26(5)).
    """
    fields = {"notice": notice, "restrictions_read": restrictions_read, "ground": ground, "reason": reason}
    return await send_act(ActName.RELEASE, reference, ReleaseAct, officer=officer, **fields)


async def inform(reference: str, *readers: str, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Send the launch notice to stakeholders who join late; from then on they get what the others get."""
    return await send_act(ActName.INFORM, reference, InformAct, officer=officer, readers=readers, reason=reason)


async def acknowledge(
    notice: str | None = None,
    reader: str | None = None,
    *,
    how: str = "telephone",
    spoken_to: Annotated[str | None, Parameter(help="Who answered the telephone.")] = None,
    mail: Annotated[Path | None, Parameter(help="A reply to a notice, as a file (.eml); it says whose it is.")] = None,
    officer: AsOfficer = None,
) -> Answer:
    """Record that a reader has confirmed a notice: on the telephone, or with --mail FILE by a reply.

    A reply counts only if it quotes the reader's own link or is signed with the reader's OpenPGP key; else it is
    kept as a claim, and the exit code is 1.
    """
    if mail is not None:
        return await _acknowledge_by_mail(mail, named=notice is not None or spoken_to is not None, officer=officer)
    if notice is None or reader is None:
        raise BadInputError("name the NOTICE and the READER who has confirmed it, or give --mail FILE")
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        arrival = Arrival(wall_clock(), actor.id)
        first = await house.intake.acknowledge(notice, reader=reader, how=how, spoken_to=spoken_to, arrival=arrival)
    sentence = "recorded" if first else "had been recorded before; nothing changed"
    return Answer(data={"notice": notice, "reader": reader, "first": first}, lines=[f"{notice}, {reader}: {sentence}"])


async def _acknowledge_by_mail(file: Path, *, named: bool, officer: str | None) -> Answer:
    if named:
        raise BadInputError("--mail says itself which notice and reader it is about; give no other")
    reply = read_reply(read_file(str(file), limit=MAX_BYTES), name=str(file))
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        heard = await Confirming(house.rooms).by_mail(reply, at=wall_clock(), by=actor.id)
    sentence = "recorded" if heard.first else "had been recorded before; nothing changed"
    line = f"{heard.notice}, {heard.reader}: " + (sentence if heard.counts else f"not recorded: {heard.why}")
    return Answer(data=vars(heard), lines=[line], code=0 if heard.counts else REFUSED)


async def contribute(
    reference: str,
    file: str,
    *,
    contributor: Annotated[str, Parameter(name="--from", help="The stakeholder who contributes.")],
    officer: AsOfficer = None,
) -> Answer:
    """Pool a contribution (own JSON, MISP or STIX); hits with what others gave are found at once."""
    content = read_file(file, limit=MAX_REPORT_BYTES)
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        receipt = await house.intake.contribution(
            content, name=file, reference=reference, contributor=contributor, arrival=Arrival(wall_clock(), actor.id)
        )
    return Answer(data=receipt, lines=[f"{file}: {receipt.outcome.value} as {receipt.contribution} in {reference}"])


async def meet(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    at: str,
    place: str,
    minutes: int = 60,
    eurojust: bool = False,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Call the emergency meeting: a time with its offset, a place or a conference link."""
    when = _instant(at)
    fields = {"at": when, "place": place, "minutes": minutes, "eurojust": eurojust, "reason": reason}
    return await send_act(ActName.MEET, reference, MeetAct, officer=officer, **fields)


def _instant(text: str) -> Instant:
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"--at {text}: write a time as 2026-11-22T14:00:00+01:00") from error
    if when.tzinfo is None:
        raise BadInputError(f"--at {text}: give the offset from UTC, as in 2026-11-22T14:00:00+01:00")
    return when


async def add(reference: str, file: Path, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Add an action from a YAML or JSON file, or replace the action with its id; conflicts are found at once."""
    action = yaml_model(Action, read_file(str(file), limit=SMALL_FILE), name=str(file))
    document = await _keep(action.model_dump_json().encode(), marking=action.marking.banner)
    return await send_act(ActName.PLAN_ADD, reference, PlanAddAct, officer=officer, action=document, reason=reason)


async def agree(
    reference: str, country: str, *, version: int, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Record that a country agrees to a version of the plan."""
    fields = {"country": country, "version": version, "reason": reason}
    return await send_act(ActName.PLAN_AGREE, reference, PlanAgreeAct, officer=officer, **fields)


async def draft(reference: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Draft the notice that carries the plan as it stands; then release it."""
    return await send_act(ActName.PLAN_DRAFT, reference, PlanDraftAct, officer=officer, reason=reason)


async def show(reference: str) -> Answer:
    """Show the plan: actions, conflicts, who has agreed."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        stored = (await incidents.get(connection, reference)).plan
    return Answer(
        data=stored, lines=_plan_lines(stored), header=("action", "type", "owner", "from", "to"), rows=_rows(stored)
    )


def _plan_lines(stored: Plan) -> list[str]:
    agreed = ", ".join(stored.agreed_by) or "nobody yet"
    lines = [f"version {stored.version}, agreed by {agreed}, disseminated version {stored.disseminated_version}"]
    return lines + [f"{one.alert.value}: {one.first} and {one.second}: {one.because}" for one in stored.conflicts]


def _rows(stored: Plan) -> list[tuple[object, ...]]:
    return [(one.id, one.type.value, one.owner, one.starts_at, one.ends_at) for one in stored.actions]


async def close(
    reference: str,
    outcome: Literal["operational_success", "normal_procedure"],
    *,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Close the protocol once the threat is contained; a second person confirms by the same command."""
    return await send_act(ActName.CLOSE, reference, CloseAct, officer=officer, outcome=outcome, reason=reason)
