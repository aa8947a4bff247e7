"""Forms for where correlation was wrong: move reports, split an incident, merge one into another."""

from desk.web.acting.case import ActForm, Case, Made, Making, Sheet
from desk.web.acting.fields import Field, Kind, Option, reason
from leerp.errors import BadInputError
from leerp.moving_acts import MergeAct, MoveAct, SplitAct
from leerp.protocol import ActName
from records import incidents, reports

NEWEST_REPORTS = 500
"""How many reports a form offers; of a burst, its newest."""


async def _reports(case: Case) -> Field:
    found = (await reports.of_incident(case.connection, case.reference))[-NEWEST_REPORTS:]
    options = tuple(
        Option(
            one.id,
            f"{one.id} of {one.report.source}, {one.received_at:%Y-%m-%d %H:%M} UTC",
            case.shown(one.report.title, one.report.marking),
        )
        for one in reversed(found)
    )
    given = case.given("reports")
    return Field(name="reports", label="Reports", kind=Kind.SEVERAL, options=options, given=given)


async def _others(case: Case, name: str, label: str) -> Field:
    """The other incidents that go on, of the same mode; those the person is not admitted to are not named."""
    found = await incidents.listing(case.connection)
    options = tuple(
        Option(one.reference, f"{one.reference}: {case.sight.title(one)}")
        for one in reversed(found)
        if one.reference != case.reference and one.mode is case.incident.mode and case.sight.admitted(one.reference)
    )
    given = case.given(name)
    return Field(
        name=name, label=label, kind=Kind.CHOICE, options=(Option("", "choose"), *options), given=given, required=True
    )


def _need_admitted(making: Making, reference: str) -> None:
    """Nobody moves anything into what is not for this person, and nobody learns so whether it is there."""
    if not making.sight.admitted(reference):
        raise BadInputError(f"there is no incident {reference!r}; choose one of the list")


async def _move_sheet(case: Case) -> Sheet:
    fields = (await _reports(case), await _others(case, "to", "To the incident"), reason(required=True))
    return Sheet(fields=fields, reads=(("titles of reports", case.incident.marking),))


async def _move(making: Making) -> Made:
    _need_admitted(making, making.values.text("to"))
    fields = {"reports": making.values.several("reports"), "to": making.values.text("to")}
    return await making.perform(ActName.MOVE, MoveAct, fields)


async def _split_sheet(case: Case) -> Sheet:
    fields = (await _reports(case), reason(required=True))
    return Sheet(fields=fields, reads=(("titles of reports", case.incident.marking),))


async def _split(making: Making) -> Made:
    return await making.perform(ActName.SPLIT, SplitAct, {"reports": making.values.several("reports")})


async def _merge_sheet(case: Case) -> Sheet:
    field = await _others(case, "into", "Into the incident")
    return Sheet(fields=(field, reason(required=True)), confirm=f"{case.reference} ends with it.")


async def _merge(making: Making) -> Made:
    _need_admitted(making, making.values.text("into"))
    return await making.perform(ActName.MERGE, MergeAct, {"into": making.values.text("into")})


FORMS = (
    ActForm(
        name="move",
        act=ActName.MOVE,
        title="Move reports",
        button="Move them",
        about="Reports that belong to another incident go there, and both are classified anew.",
        sheet=_move_sheet,
        make=_move,
    ),
    ActForm(
        name="split",
        act=ActName.SPLIT,
        title="Split the incident",
        button="Split it",
        about="Some of the reports become an incident of their own.",
        sheet=_split_sheet,
        make=_split,
    ),
    ActForm(
        name="merge",
        act=ActName.MERGE,
        title="Merge into another incident",
        button="Merge it",
        about="All reports go to another incident, and this one ends.",
        sheet=_merge_sheet,
        make=_merge,
    ),
)
