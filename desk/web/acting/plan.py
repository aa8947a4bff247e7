"""Forms about the operational action plan."""

from typing import Any

from desk.making import read_actions
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet, marking_fields
from desk.web.acting.fields import Field, Kind, Option, Values, choices, reason
from leerp.errors import BadInputError
from leerp.notices import NoticeKind
from leerp.plan_acts import PlanAcceptAct, PlanDeclineAct, PlanOutcomeAct, PlanProposeAct, PlanStateAct
from leerp.plan_alerts import Outcome
from leerp.plans import Action, ActionFile, ActionState, ActionType
from leerp.protocol import ActName, PlanAddAct, PlanAgreeAct, PlanDraftAct
from leerp.targets import KINDS
from records import plan_alerts, plans

_OUTCOMES = {
    Outcome.PROCEED: "both go on as planned",
    Outcome.JOINT: "they act together",
    Outcome.DELAY: "one of them waits",
    Outcome.CANCEL: "one of them is given up",
}


def _action_fields(case: Case) -> tuple[Field, ...]:
    """The fields of an action; preset with the one that is to be changed."""
    known = case.incident.plan.action(case.asked.get("action", ""))
    stands: dict[str, Any] = dict(known) if known and case.sight.may_read(known.marking) else {}

    def given(name: str, *otherwise: str) -> tuple[str, ...]:
        value = stands.get(name)
        return (str(value),) if value else otherwise

    targets = "\n".join(f"{one.kind.value} {one.value}" for one in stands.get("targets", ()))
    window = {name: (f"{stands[name]:%Y-%m-%dT%H:%M}",) if stands else () for name in ("starts_at", "ends_at")}
    return (
        Field(name="id", label="Id", given=given("id"), help="Short, such as A7; an id that is there is replaced."),
        Field(name="title", label="What is done", given=given("title")),
        Field(
            name="type",
            label="Type",
            kind=Kind.CHOICE,
            options=choices(ActionType, empty="choose"),
            given=given("type"),
        ),
        Field(name="owner", label="Owner", given=given("owner"), help="The id of the stakeholder that does it."),
        Field(name="country", label="Country", given=given("country"), help="Two letters."),
        Field(name="starts_at", label="From (UTC)", kind=Kind.TIME, given=window["starts_at"]),
        Field(name="ends_at", label="To (UTC)", kind=Kind.TIME, given=window["ends_at"]),
        Field(
            name="targets",
            label="Targets",
            kind=Kind.TEXT,
            given=(targets,) if targets else (),
            help=f"One a line, its kind first, as in: domain bad.example. Kinds: {', '.join(KINDS)}.",
        ),
        Field(name="agency", label="Agency", given=given("agency")),
        Field(name="legal_basis", label="Legal basis", given=given("legal_basis")),
        Field(name="case", label="Its own case number", given=given("case")),
        Field(
            name="after",
            label="Begins after",
            kind=Kind.NAMES,
            given=(" ".join(stands.get("after", ())),),
            help="Ids of actions that must have ended, whatever came of them.",
        ),
        Field(
            name="needs",
            label="Needs",
            kind=Kind.NAMES,
            given=(" ".join(stands.get("needs", ())),),
            help="Ids of actions that must be done.",
        ),
        *marking_fields(case.incident, of="the action"),
        Field(
            name="file",
            label="Or a file",
            kind=Kind.FILE,
            help="YAML or JSON, one action or up to 1,000; then nothing of the above counts.",
        ),
    )


async def _actions(making: Making) -> Action | ActionFile:
    """The action that was typed in, or what the file has."""
    given = await making.values.file("file", label="File")
    if given is not None:
        return read_actions(given[0], name=given[1])
    values = making.values
    plain = {name: values.maybe(name) for name in ("id", "title", "type", "owner", "country", "agency")}
    plain |= {name: values.maybe(name) for name in ("legal_basis", "case")}
    window = {"starts_at": values.time("starts_at", label="From"), "ends_at": values.time("ends_at", label="To")}
    fields = {name: value for name, value in (plain | window).items() if value is not None}
    several = {name: values.several(name) for name in ("after", "needs")}
    return Action.model_validate({**fields, **several, "targets": _targets(values), "marking": making.marking()})


def _targets(values: Values) -> list[dict[str, str]]:
    found = []
    for line in values.text("targets").splitlines():
        kind, _, value = line.strip().partition(" ")
        if not kind:
            continue
        if kind not in KINDS or not value.strip():
            raise BadInputError("Targets: one a line, its kind first, as in: domain bad.example")
        found.append({"kind": kind, "value": value.strip()})
    return found


async def _add_sheet(case: Case) -> Sheet:
    known = case.incident.plan.action(case.asked.get("action", ""))
    return Sheet(
        fields=(*_action_fields(case), reason(required=False)),
        confirm="It makes a new version of the plan, to which countries have to agree again.",
        reads=((f"action {known.id}", known.marking),) if known and case.sight.may_read(known.marking) else (),
    )


async def _add(making: Making) -> Made:
    document = await making.maker.keep_actions(await _actions(making))
    return await making.perform(ActName.PLAN_ADD, PlanAddAct, {"action": document})


async def _propose_sheet(case: Case) -> Sheet:
    return Sheet(fields=(case.reader("proposed_by", "Proposed by"), *_action_fields(case), reason(required=False)))


async def _propose(making: Making) -> Made:
    document = await making.maker.keep_actions(await _actions(making))
    fields = {"action": document, "proposed_by": making.values.text("proposed_by")}
    return await making.perform(ActName.PLAN_PROPOSE, PlanProposeAct, fields)


async def _proposal_sheet(case: Case, *, decline: bool) -> Sheet:
    found = [one for one in await plans.proposals(case.connection, case.reference) if one.accepted is None]
    options = tuple(
        Option(one.id, f"{one.id}: {one.action} of {one.proposed_by}, would collide with {one.conflicts}")
        for one in found
    )
    named = case.given("proposal")
    return Sheet(
        fields=(
            Field(name="proposal", label="Proposal", kind=Kind.CHOICE, options=options, given=named, required=True),
            reason(required=decline),
        ),
        impossible="" if found else "No proposal waits.",
    )


async def _accept_sheet(case: Case) -> Sheet:
    return await _proposal_sheet(case, decline=False)


async def _decline_sheet(case: Case) -> Sheet:
    return await _proposal_sheet(case, decline=True)


async def _accept(making: Making) -> Made:
    return await making.perform(ActName.PLAN_ACCEPT, PlanAcceptAct, {"proposal": making.values.text("proposal")})


async def _decline(making: Making) -> Made:
    return await making.perform(ActName.PLAN_DECLINE, PlanDeclineAct, {"proposal": making.values.text("proposal")})


async def _agree_sheet(case: Case) -> Sheet:
    plan = case.incident.plan
    agreed = ", ".join(plan.agreed_by) or "nobody yet"
    return Sheet(
        fields=(
            Field(name="country", label="Country", help="Two letters.", given=case.given("country"), required=True),
            Field(
                name="version",
                label="Version",
                kind=Kind.NUMBER,
                given=(str(plan.version),),
                least=1,
                required=True,
                help="The one that was agreed to; only the one that stands counts.",
            ),
            reason(required=False),
        ),
        stake=(("The plan stands at version", str(plan.version)), ("Agreed by", agreed)),
        impossible="" if plan.version else "There is no plan yet.",
    )


async def _agree(making: Making) -> Made:
    values = making.values
    fields = {"country": values.text("country"), "version": values.number("version", label="Version")}
    return await making.perform(ActName.PLAN_AGREE, PlanAgreeAct, fields)


async def _draft_sheet(case: Case) -> Sheet:
    plan = case.incident.plan
    conflicts = f"{len(plan.conflicts)} of its actions collide" if plan.conflicts else "nothing collides"
    stake = (("Version", str(plan.version)), ("Actions", str(len(plan.actions))), ("Conflicts", conflicts))
    return Sheet(
        fields=(
            Field(name="eurojust", label="Eurojust too", kind=Kind.TICK),
            *await case.relation(NoticeKind.ACTION_PLAN),
            reason(required=False),
        ),
        stake=stake,
        confirm="It is a draft: nothing goes out before it is released.",
        impossible="" if plan.version else "There is no plan yet; add an action first.",
    )


async def _draft(making: Making) -> Made:
    fields = {"eurojust": making.values.ticked("eurojust"), **making.related()}
    return await making.perform(ActName.PLAN_DRAFT, PlanDraftAct, fields)


async def _state_sheet(case: Case) -> Sheet:
    actions = [one for one in case.incident.plan.actions if not one.state.over]
    options = tuple(
        Option(one.id, f"{one.id}, {one.state.value.replace('_', ' ')}: {_title(case, one)}") for one in actions
    )
    named = case.given("action")
    return Sheet(
        fields=(
            Field(name="action", label="Action", kind=Kind.CHOICE, options=options, given=named, required=True),
            Field(
                name="state",
                label="Is now",
                kind=Kind.CHOICE,
                options=choices(ActionState),
                given=case.given("state"),
                required=True,
            ),
            reason(required=False),
        ),
        impossible="" if actions else "No action of the plan is still ahead or under way.",
    )


def _title(case: Case, action: Action) -> str:
    return case.shown(action.title, action.marking)


async def _state(making: Making) -> Made:
    fields = {"action": making.values.text("action"), "state": making.values.text("state")}
    return await making.perform(ActName.PLAN_STATE, PlanStateAct, fields)


async def _outcome_sheet(case: Case) -> Sheet:
    found = [one for one in await plan_alerts.of_incident(case.connection, case.reference) if one.open]
    options = tuple(
        Option(
            one.id,
            f"{one.id}, {one.level.value.replace('_', ' ')}: "
            + " and ".join(f"{side.action} of {side.owner}" for side in one.sides),
        )
        for one in found
    )
    outcomes = tuple(Option(one.value, one.value, _OUTCOMES[one]) for one in Outcome)
    named = case.given("alert")
    return Sheet(
        fields=(
            Field(name="alert", label="Alert", kind=Kind.CHOICE, options=options, given=named, required=True),
            Field(name="outcome", label="They have agreed", kind=Kind.ONE_OF, options=outcomes, required=True),
            reason(required=True),
        ),
        impossible="" if found else "No alert is open.",
    )


async def _outcome(making: Making) -> Made:
    fields = {"alert": making.values.text("alert"), "outcome": making.values.text("outcome")}
    return await making.perform(ActName.PLAN_OUTCOME, PlanOutcomeAct, fields)


FORMS = (
    ActForm(
        name="plan-add",
        act=ActName.PLAN_ADD,
        title="Add an action to the plan",
        button="Add it to the plan",
        about="Adds an action or replaces the one with its id; what collides is found at once, and owners are told.",
        sheet=_add_sheet,
        make=_add,
    ),
    ActForm(
        name="plan-propose",
        act=ActName.PLAN_PROPOSE,
        title="Record a proposal",
        button="Record the proposal",
        about="An action that a stakeholder proposes; it is in the plan once it is accepted.",
        sheet=_propose_sheet,
        make=_propose,
    ),
    ActForm(
        name="plan-accept",
        act=ActName.PLAN_ACCEPT,
        title="Accept a proposal",
        button="Take it into the plan",
        about="Takes a proposal into the plan, as a new version of it.",
        sheet=_accept_sheet,
        make=_accept,
    ),
    ActForm(
        name="plan-decline",
        act=ActName.PLAN_DECLINE,
        title="Decline a proposal",
        button="Decline it",
        about="The plan stays as it is, and the reason stays on record.",
        sheet=_decline_sheet,
        make=_decline,
    ),
    ActForm(
        name="plan-agree",
        act=ActName.PLAN_AGREE,
        title="Record that a country agrees",
        button="Record the agreement",
        about="A country agrees to a version of the plan.",
        sheet=_agree_sheet,
        make=_agree,
    ),
    ActForm(
        name="plan-draft",
        act=ActName.PLAN_DRAFT,
        title="Draft the plan's notice",
        button="Draft the plan's notice",
        about="Drafts the notice that carries the plan as it stands.",
        sheet=_draft_sheet,
        make=_draft,
    ),
    ActForm(
        name="plan-state",
        act=ActName.PLAN_STATE,
        title="Say how far an action is",
        button="Record the state",
        about="It makes no new version, and nobody has to agree again.",
        sheet=_state_sheet,
        make=_state,
    ),
    ActForm(
        name="plan-outcome",
        act=ActName.PLAN_OUTCOME,
        title="Record what owners agreed on",
        button="Record the outcome",
        about="Two actions collide, and their owners have talked: what comes of it.",
        sheet=_outcome_sheet,
        make=_outcome,
    ),
)
