"""The officer's acts: grade, assess, decide, warn, release, inform, acknowledge, plan, close."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from activities.confirming import Confirming
from activities.intake import Arrival
from activities.personal_data import personal_data_in
from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, instant, keep_document, related, send_act, who_acts
from desk.cli.running import REFUSED, SMALL_FILE, Answer, read_file
from leerp.assessments import Assessment
from leerp.errors import BadInputError
from leerp.facts import Facts
from leerp.formats.strict import yaml_model
from leerp.grades import Grade, Scale
from leerp.incidents import Choice
from leerp.marking import Level, Marking, Tlp
from leerp.meetings import MeetingKind
from leerp.notices import NoticeKind, PrivatePartyGround
from leerp.protocol import (
    ActName,
    AssessAct,
    CloseAct,
    DecideAct,
    GradeAct,
    InformAct,
    MeetAct,
    PlanAgreeAct,
    PlanDraftAct,
    Receipt,
    ReconsiderAct,
    ReleaseAct,
    WarnAct,
)
from leerp.settings import Settings
from notifications.replies import MAX_BYTES, read_reply
from records import notices

Command = Callable[..., Awaitable[Answer]]


def add_to(app: App) -> None:
    """Add these commands."""
    plan = App(name="plan", help="The operational action plan: meetings, actions, proposals, alerts, agreement.")
    commands: tuple[Command, ...] = (
        grade,
        assess,
        decide,
        reconsider,
        warn,
        release,
        inform,
        acknowledge,
        close,
    )
    for command in commands:
        app.command(command)
    commands = (meet, agree, draft)
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
        document = await keep_document(marked, marking=marked.marking)
    fields = {"facts": settled, "assessment": document, "table": table, "unsettle": unsettle, "reason": reason}
    return await send_act(ActName.ASSESS, reference, AssessAct, officer=officer, **fields)


async def decide(reference: str, choice: Choice, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Launch the protocol, hand over to the normal procedure, or watch. A launch is confirmed by a second person."""
    return await send_act(ActName.DECIDE, reference, DecideAct, officer=officer, choice=choice, reason=reason)


async def reconsider(
    reference: str, choice: Literal["go_on"], *, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Go on with a launched protocol although a new classification recommends it no more; else close it."""
    return await send_act(ActName.RECONSIDER, reference, ReconsiderAct, officer=officer, choice=choice, reason=reason)


async def warn(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    update: bool = False,
    replaces: str | None = None,
    corrects: str | None = None,
    next_update: Annotated[str | None, Parameter(help="Until when readers hear again: a time with its offset.")] = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Draft the early warning afresh from what is known now; with --update, an update to one that went out.

    --replaces or --corrects names a notice of the same kind that was sent: whoever has it is told so, and whom it has
    not reached yet gets the new one alone, once that is released. If the draft holds personal data, it is said which
    private parties do not get it.
    """
    fields: dict[str, object] = {"kind": NoticeKind.UPDATE if update else NoticeKind.EARLY_WARNING, "reason": reason}
    fields |= {"next_update_at": instant(next_update, option="--next-update") if next_update else None}
    named = related(replaces, corrects)
    return await _drafted(await send_act(ActName.WARN, reference, WarnAct, officer=officer, **fields, **named))


async def _drafted(answer: Answer) -> Answer:
    """The receipt of a draft, and what the officer must know of the personal data in it."""
    receipt: Receipt = answer.data
    async with open_house(Settings()) as house, house.store.reading() as connection:
        notice = await notices.get(connection, str(receipt.notice))
        inside = await personal_data_in(connection, notice, house.rooms.directory())
    data = {**receipt.model_dump(mode="json"), "personal_data": vars(inside) if inside else None}
    return Answer(data=data, lines=[*answer.lines, *([f"  {inside.sentence}"] if inside else [])])


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
        arrival = Arrival(house.now(), actor.id)
        first = await house.intake.acknowledge(notice, reader=reader, how=how, spoken_to=spoken_to, arrival=arrival)
    sentence = "recorded" if first else "had been recorded before; nothing changed"
    return Answer(data={"notice": notice, "reader": reader, "first": first}, lines=[f"{notice}, {reader}: {sentence}"])


async def _acknowledge_by_mail(file: Path, *, named: bool, officer: str | None) -> Answer:
    if named:
        raise BadInputError("--mail says itself which notice and reader it is about; give no other")
    reply = read_reply(read_file(str(file), limit=MAX_BYTES), name=str(file))
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        heard = await Confirming(house.rooms).by_mail(reply, at=house.now(), by=actor.id)
    sentence = "recorded" if heard.first else "had been recorded before; nothing changed"
    line = f"{heard.notice}, {heard.reader}: " + (sentence if heard.counts else f"not recorded: {heard.why}")
    return Answer(data=vars(heard), lines=[line], code=0 if heard.counts else REFUSED)


async def meet(  # noqa: PLR0913 - a command has its options
    reference: str,
    *,
    at: str,
    place: str,
    minutes: int = 60,
    eurojust: bool = False,
    kind: MeetingKind = MeetingKind.OPERATIONAL,
    needs: Annotated[tuple[str, ...], Parameter(consume_multiple=True, help="Countries that must be there.")] = (),
    invite: Annotated[tuple[str, ...], Parameter(consume_multiple=True, help="Whom to call, and nobody else.")] = (),
    replaces: str | None = None,
    corrects: str | None = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Call a meeting: a time with its offset, a place or a conference link.

    Without --invite it goes to the liaison bureaux and contact points, and of the kind internal_coordination to those
    inside. Without the countries it --needs, nothing can be decided there but for a reason that is kept.

    --replaces or --corrects names an earlier call: whoever has it is told so, and the meeting moves in their calendars.
    """
    when = instant(at, option="--at")
    fields = {"at": when, "place": place, "minutes": minutes, "eurojust": eurojust, "reason": reason}
    fields |= {"kind": kind, "needed": needs, "invite": invite}
    fields |= related(replaces, corrects)
    return await send_act(ActName.MEET, reference, MeetAct, officer=officer, **fields)


async def agree(
    reference: str, country: str, *, version: int, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Record that a country agrees to a version of the plan."""
    fields = {"country": country, "version": version, "reason": reason}
    return await send_act(ActName.PLAN_AGREE, reference, PlanAgreeAct, officer=officer, **fields)


async def draft(
    reference: str,
    *,
    eurojust: bool = False,
    replaces: str | None = None,
    corrects: str | None = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Draft the notice that carries the plan as it stands; then release it. With --eurojust Eurojust gets it too.

    --replaces or --corrects names the notice of an earlier version: whoever has it is told so, and it reaches nobody
    more. If the draft holds personal data, it is said which private parties do not get it.
    """
    fields = {"eurojust": eurojust, "reason": reason, **related(replaces, corrects)}
    act = await send_act(ActName.PLAN_DRAFT, reference, PlanDraftAct, officer=officer, **fields)
    return await _drafted(act)


async def close(
    reference: str,
    outcome: Literal["operational_success", "normal_procedure"],
    *,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Close the protocol once the threat is contained; a second person confirms by the same command."""
    return await send_act(ActName.CLOSE, reference, CloseAct, officer=officer, outcome=outcome, reason=reason)
