"""Forms about evidence: take a file in, say what is known of it and what it may be used as, hand it over, check."""

from activities.evidence import EvidenceActs, NewFile
from activities.evidence_export import Exports, Wish
from desk.access.acts import DeskAct
from desk.access.guarding import LARGEST_BODY
from desk.web.acting.case import LEVELS, TLPS, ActForm, Case, Made, Making, Sheet
from desk.web.acting.done import newest
from desk.web.acting.evidence_description import BASIS, description_fields, description_of, part_of
from desk.web.acting.fields import Field, Kind, Option, choices, reason
from leerp.errors import BadInputError
from leerp.evidence import Description, EvidenceStatus
from leerp.journal import JournalKind
from leerp.marking import Marking
from records import evidence

LARGEST_ITEM = LARGEST_BODY - 1024**2
"""Bytes of a file that the form takes in, with room for its other fields; the command line takes larger ones."""

NATIONAL_LAW = "Whether a court admits it is a matter of national law; a status is what a named person has found."
_NOTHING = "There is no item yet."


def page_of(item: str) -> str:
    """Where an item is shown, under its incident."""
    return f"/evidence/{item}"


async def _items(case: Case) -> tuple[Option, ...]:
    found = await evidence.of_incident(case.connection, case.reference)
    return tuple(
        Option(one.id, f"{one.id}: {one.of or 'file'} of {one.source}, {one.status.value.replace('_', ' ')}")
        for one in found
    )


async def _which(case: Case) -> Field:
    options = await _items(case)
    return Field(name="item", label="Item", kind=Kind.CHOICE, options=options, given=case.given("item"), required=True)


async def _add_sheet(case: Case) -> Sheet:
    items = await _items(case)
    derived = Field(
        name="derived_from",
        label="Made from",
        kind=Kind.SEVERAL,
        options=items,
        help="Items it was made from, such as the image that this is a file of.",
    )
    marked = (Option("", "as high as the incident"), *LEVELS)
    return Sheet(
        fields=(
            Field(
                name="file",
                label="File",
                kind=Kind.FILE,
                required=True,
                help=f"Up to {LARGEST_ITEM // 1024**2} MB; leerp evidence add takes larger ones.",
            ),
            case.reader("source", "Who gave it"),
            *part_of(BASIS, required=True),
            *((derived,) if items else ()),
            Field(name="level", label="Level", kind=Kind.CHOICE, options=marked),
            Field(name="tlp", label="TLP", kind=Kind.CHOICE, options=TLPS, given=("TLP:AMBER",)),
            reason(required=True),
        ),
        confirm="Its bytes are kept as they are, with their SHA-256.",
    )


async def _add(making: Making) -> Made:
    values = making.values
    given = await values.file("file", label="File", limit=LARGEST_ITEM)
    if given is None:
        raise BadInputError("File: give the file that is to be kept")
    basis = BASIS.read(values)
    if basis is None:
        raise BadInputError(f"{BASIS.title}: evidence is taken in on a lawful basis; name it")
    level = values.maybe("level")
    marking = Marking.model_validate({"level": level, "tlp": values.text("tlp")}) if level else None
    new = NewFile(given[1], given[0], values.text("source"), marking, values.exactly("derived_from"))
    item = await EvidenceActs(making.house.rooms).add(
        making.reference,
        new,
        description=Description.model_validate({"basis": basis}),
        actor=making.principal.actor,
        reason=values.text("reason")[:2_000],
    )
    return Made(item.acquired_seq, page=page_of(item.id))


async def _describe_sheet(case: Case) -> Sheet:
    which = await _which(case)
    return Sheet(
        fields=(which, *description_fields(), reason(required=True)),
        confirm="It adds to what was said before, or replaces it; the record keeps both.",
        impossible="" if which.options else _NOTHING,
    )


async def _describe(making: Making) -> Made:
    standing = await EvidenceActs(making.house.rooms).describe(
        making.reference,
        making.values.text("item"),
        await description_of(making.values),
        actor=making.principal.actor,
        reason=making.values.text("reason")[:2_000],
        act_id=making.act,
    )
    made = await newest(making, JournalKind.INVESTIGATION_EVIDENCE_DESCRIBED)
    return made._replace(page=page_of(standing.item.id))


async def _status_sheet(case: Case) -> Sheet:
    which = await _which(case)
    to = choices(EvidenceStatus)
    return Sheet(
        fields=(
            which,
            Field(name="status", label="It may be used as", kind=Kind.ONE_OF, options=to, required=True),
            reason(required=True),
        ),
        confirm=NATIONAL_LAW,
        impossible="" if which.options else _NOTHING,
    )


async def _status(making: Making) -> Made:
    chosen = making.values.text("status")
    if chosen not in set(EvidenceStatus):
        raise BadInputError("Choose what it may be used as")
    standing = await EvidenceActs(making.house.rooms).set_status(
        making.reference,
        making.values.text("item"),
        EvidenceStatus(chosen),
        actor=making.principal.actor,
        reason=making.values.text("reason")[:2_000],
    )
    made = await newest(making, JournalKind.INVESTIGATION_EVIDENCE_STATUS_SET)
    return made._replace(page=page_of(standing.item.id))


async def _check_sheet(case: Case) -> Sheet:
    items = await _items(case)
    return Sheet(
        fields=(reason(required=True),),
        stake=(("Items", str(len(items))),),
        impossible="" if items else _NOTHING,
    )


async def _check(making: Making) -> Made:
    await EvidenceActs(making.house.rooms).check(
        making.reference,
        actor=making.principal.actor,
        reason=making.values.text("reason")[:2_000],
        act_id=making.act,
    )
    made = await newest(making, JournalKind.INVESTIGATION_EVIDENCE_VERIFIED)
    return made._replace(page="/evidence")


async def _hand_over_sheet(case: Case) -> Sheet:
    items = await _items(case)
    return Sheet(
        fields=(
            Field(name="items", label="Items", kind=Kind.SEVERAL, options=items, given=case.given("item")),
            case.reader("to", "To whom"),
            Field(name="via", label="Over which way", help="And into whose hands.", required=True),
            Field(
                name="restrictions_read",
                label="I have read the restrictions in words (H3)",
                kind=Kind.TICK,
            ),
            reason(required=True),
        ),
        confirm="Refused where the stakeholder may not have an item. It records the hand-over and sends nothing; a bag"
        " to hand over is made with leerp evidence export.",
        impossible="" if items else _NOTHING,
    )


async def _hand_over(making: Making) -> Made:
    values = making.values
    chosen, via = values.exactly("items"), values.text("via")[:256]
    if not (chosen and via):
        raise BadInputError("Name at least one item, and over which way it was handed over")
    wish = Wish(reader=values.text("to"), items=chosen, restrictions_read=values.ticked("restrictions_read"))
    await Exports(making.house.rooms).transfer(
        making.reference,
        wish,
        via=via,
        actor=making.principal.actor,
        reason=values.text("reason")[:2_000],
        act_id=making.act,
    )
    made = await newest(making, JournalKind.INVESTIGATION_EVIDENCE_TRANSFERRED)
    return made._replace(page=page_of(chosen[0]) if len(chosen) == 1 else "/evidence")


FORMS = (
    ActForm(
        name="evidence-add",
        act=DeskAct.HANDLE_EVIDENCE,
        title="Take a file in as evidence",
        button="Keep the file",
        about="A file from elsewhere, with the lawful basis on which it was taken or given.",
        sheet=_add_sheet,
        make=_add,
    ),
    ActForm(
        name="evidence-describe",
        act=DeskAct.HANDLE_EVIDENCE,
        title="Say what is known of an item",
        button="Record it",
        about="How it was taken, in whose hands it was, what its owner and its sender say. What you leave empty stays"
        " as it was said before, or unknown.",
        sheet=_describe_sheet,
        make=_describe,
    ),
    ActForm(
        name="evidence-status",
        act=DeskAct.HANDLE_EVIDENCE,
        title="Set the status of an item",
        button="Set the status",
        about="What an item may be used as. A higher status is refused while a condition stands in its way.",
        sheet=_status_sheet,
        make=_status,
    ),
    ActForm(
        name="evidence-check",
        act=DeskAct.HANDLE_EVIDENCE,
        title="Hash every item again",
        button="Hash them again",
        about="Reads the stored bytes of every item and records whether they are those that came in.",
        sheet=_check_sheet,
        make=_check,
    ),
    ActForm(
        name="evidence-hand-over",
        act=DeskAct.HAND_OVER_EVIDENCE,
        title="Record a hand-over",
        button="Record the hand-over",
        about="Items were handed to a stakeholder who may have them.",
        sheet=_hand_over_sheet,
        make=_hand_over,
    ),
)
