"""The form about the key under which countries seal targets of an operation. The secret itself never passes here."""

from activities.operation_keys import OperationKeyActs
from desk.access.acts import DeskAct
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet
from desk.web.acting.done import newest
from desk.web.acting.fields import Field, Kind, Option, reason
from leerp.errors import BadInputError
from leerp.journal import JournalKind
from records import journal, operation_keys

FIRST = "first"
"""What the form asks for where there is no key yet; else it names the key that is to be replaced."""

_KINDS = (JournalKind.PLAN_KEY_MADE, JournalKind.PLAN_KEY_GIVEN)


async def _sheet(case: Case) -> Sheet:
    standing = await operation_keys.newest(case.connection, case.reference)
    option = (
        Option(standing.key, f"replace {standing.key} by a new one", "What was sealed under it is to be sealed anew.")
        if standing
        else Option(FIRST, "make the key")
    )
    return Sheet(
        fields=(
            Field(name="what", label="What", kind=Kind.ONE_OF, options=(option,), given=(option.value,), required=True),
            reason(required=bool(standing)),
        ),
        stake=await _told(case),
        confirm="The desk shows the key to nobody. It is given to a country as a file that nobody else can read:"
        f" leerp plan key {case.reference} --to STAKEHOLDER --out FILE.",
        impossible="The incident has ended; nothing is sealed in it any more." if case.incident.status.ended else "",
    )


async def _told(case: Case) -> tuple[tuple[str, str], ...]:
    """Which keys there were, and to whom each was given, as the journal has it."""
    entries = await journal.entries(case.connection, case.reference, kinds=set(_KINDS))
    told = []
    for one in entries:
        when = f"{one.at[:16].replace('T', ' ')} UTC by {one.actor}"
        given = one.kind is JournalKind.PLAN_KEY_GIVEN
        told.append((str(one.data["key"]), f"given to {one.data['to']}, {when}" if given else f"made {when}"))
    anew = [("Waits for", line) for line in case.incident.waiting_for if "sealed anew" in line]
    return (*told, *anew)


async def _make(making: Making) -> Made:
    what = making.values.text("what")
    if not what:
        raise BadInputError("Say whether the key is to be made or replaced")
    await OperationKeyActs(making.house.rooms).make(
        making.reference,
        actor=making.principal.actor,
        reason=making.values.text("reason")[:2_000],
        rotate=what != FIRST,
        replaces=None if what == FIRST else what,
    )
    return await newest(making, JournalKind.PLAN_KEY_MADE, anybody=True)


FORMS = (
    ActForm(
        name="plan-key",
        act=DeskAct.KEEP_KEYS,
        title="The key for sealed targets",
        button="Make or replace the key",
        about="Under the key of an operation countries seal targets that they show to nobody, and still learn where"
        " they would collide. Replace it when somebody who holds it leaves.",
        sheet=_sheet,
        make=_make,
    ),
)
