"""Forms of step II: grade, assess, decide, reconsider."""

from desk.web.acting import proposals
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet, marking_fields
from desk.web.acting.facts_form import fact_groups, facts_of, settled_facts
from desk.web.acting.fields import Field, Kind, Option, choices, reason
from leerp.grades import CODES, Grade, Scale
from leerp.incidents import Choice, Phase
from leerp.protocol import ActName, AssessAct, DecideAct, GradeAct, ReconsiderAct
from records import reports

NEWEST_REPORTS = 200
"""How many reports a form offers; of a burst, its newest."""


async def _grade_sheet(case: Case) -> Sheet:
    found = await reports.of_incident(case.connection, case.reference)
    offered = tuple(
        Option(one.id, f"{one.id} of {one.report.source}, graded {one.grade}: {_title(case, one)}")
        for one in reversed(found[-NEWEST_REPORTS:])
    )
    codes = {scale: tuple(f"{a}{b}" for a in letters for b in numbers) for scale, (letters, numbers) in CODES.items()}
    options = tuple(
        Option(f"{scale.value} {code}", f"{code} ({scale.value})") for scale in codes for code in codes[scale]
    )
    return Sheet(
        fields=(
            Field(
                name="report",
                label="Report",
                kind=Kind.CHOICE,
                options=offered,
                given=case.given("report"),
                required=True,
            ),
            Field(name="grade", label="Grade", kind=Kind.CHOICE, options=options, required=True),
            Field(
                name="provider_agrees",
                label="The provider agrees to it",
                kind=Kind.TICK,
                help="Without its agreement the provider's own grade stands (Regulation (EU) 2016/794 Art. 29(3));"
                " what the centre collected itself from open sources needs none.",
            ),
            reason(required=True),
        ),
        reads=(("titles of reports", case.incident.marking),),
    )


def _title(case: Case, stored: reports.StoredReport) -> str:
    return case.shown(stored.report.title, stored.report.marking)


async def _grade(making: Making) -> Made:
    scale, _, code = making.values.text("grade").partition(" ")
    fields = {
        "report": making.values.text("report"),
        "grade": Grade(scale=Scale(scale), code=code) if scale in set(Scale) else None,
        "provider_agrees": making.values.ticked("provider_agrees"),
    }
    return await making.perform(ActName.GRADE, GradeAct, fields)


async def _assess_sheet(case: Case) -> Sheet:
    classification = case.incident.classification
    settled = await settled_facts(case.connection, case.house.rooms, case.reference)
    tables = case.house.rooms.tables.names()
    now = classification.table if classification else case.incident.policy.table
    more = (
        Field(
            name="assessment",
            label="Tactical assessment",
            kind=Kind.TEXT,
            help="A text of its own with its own marking; it goes into the early warning.",
            longest=100_000,
        ),
        *marking_fields(case.incident),
        Field(
            name="table",
            label="Classify by",
            kind=Kind.CHOICE,
            options=(Option("", f"the table it has ({now})"), *choices(tables)),
            help="Another table, or the same one as it is now, classifies the incident anew.",
        ),
        reason(required=False),
    )
    groups = fact_groups(classification.facts if classification else None, settled=settled)
    return Sheet(fields=more, template="acts/assess.html", more={"groups": groups})


async def _assess(making: Making) -> Made:
    values = making.values
    text = values.text("assessment")
    facts = facts_of(values)
    document = await making.maker.keep_assessment(text, making.marking()) if text else None
    fields = {
        "facts": facts,
        "assessment": document,
        "table": values.maybe("table"),
        "unsettle": values.several("unsettle"),
    }
    return await making.perform(ActName.ASSESS, AssessAct, fields)


_CHOICES = (
    Option("launch", "Launch the protocol", "It is an emergency: the centre is set up, and readers are told."),
    Option("normal", "Normal procedure", "No emergency: it is handed over, and the protocol ends here."),
    Option("watch", "Watch", "Not yet: the question comes back after the time that the policy sets."),
)


async def _decide_sheet(case: Case) -> Sheet:
    waiting = await proposals.decision(case.connection, case.reference)
    classification = case.incident.classification
    two = ActName.DECIDE in case.incident.policy.four_eyes
    given = case.given("choice", *([str(waiting.data["choice"])] if waiting else []))
    where = case.incident.phase
    gone = f"{case.reference} is in {where.value}; this was decided, and its journal says by whom."
    impossible = {Phase.TRIAGE: "", Phase.DETECTION: "Its first report is still being taken in; wait a moment."}
    return Sheet(
        fields=(
            Field(name="choice", label="Decision", kind=Kind.ONE_OF, options=_CHOICES, given=given, required=True),
            reason(required=True),
        ),
        stake=(("Proposed", waiting.sentence),) if waiting else (),
        confirm="A launch: "
        + proposals.confirming(waiting, two=two, principal=case.principal, directory=case.directory)
        + " Normal and watch take one person.",
        impossible=impossible.get(where, gone),
        template="acts/decide.html",
        more={"classification": classification, "choices": Choice},
    )


async def _decide(making: Making) -> Made:
    return await making.perform(ActName.DECIDE, DecideAct, {"choice": making.values.text("choice")})


async def _reconsider_sheet(case: Case) -> Sheet:
    classification = case.incident.classification
    now = classification.recommendation.value if classification else "nothing"
    return Sheet(
        fields=(reason(required=True, help="Why it goes on all the same; the record keeps it."),),
        stake=(("Recommended now", now), ("Otherwise", "close it with the outcome normal procedure")),
    )


async def _reconsider(making: Making) -> Made:
    return await making.perform(ActName.RECONSIDER, ReconsiderAct, {"choice": "go_on"})


FORMS = (
    ActForm(
        name="grade",
        act=ActName.GRADE,
        title="Grade a report",
        button="Propose this grade",
        about="The provider grades; another grade stands with the provider's agreement alone.",
        sheet=_grade_sheet,
        make=_grade,
    ),
    ActForm(
        name="assess",
        act=ActName.ASSESS,
        title="Assess",
        button="Record the assessment",
        about="What you settle here wins over every report, and the incident is classified anew. Leave at unknown what"
        " you do not know; nothing is settled by it.",
        sheet=_assess_sheet,
        make=_assess,
    ),
    ActForm(
        name="decide",
        act=ActName.DECIDE,
        title="Decide",
        button="Decide",
        about="Launch the protocol, hand over to the normal procedure, or watch.",
        sheet=_decide_sheet,
        make=_decide,
    ),
    ActForm(
        name="reconsider",
        act=ActName.RECONSIDER,
        title="Go on with the protocol",
        button="Go on",
        about="A launched protocol is recommended no more. Say here that it goes on all the same.",
        sheet=_reconsider_sheet,
        make=_reconsider,
    ),
)
