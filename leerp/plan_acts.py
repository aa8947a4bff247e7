"""What people do about the plan beside adding actions: propose, accept, decline, say how far one is, decide alerts."""

from leerp.model import Identifier
from leerp.plan_alerts import Outcome
from leerp.plans import ActionState
from leerp.protocol import Act


class PlanProposeAct(Act):
    """Record an action that a stakeholder proposes (`action`, the SHA-256 of its JSON); it is not in the plan yet."""

    action: str
    proposed_by: Identifier


class PlanAcceptAct(Act):
    """Take a proposal into the plan; agreement to the version before counts no more."""

    proposal: Identifier


class PlanDeclineAct(Act):
    """Decline a proposal; the reason stays on record."""

    proposal: Identifier


class PlanStateAct(Act):
    """Say how far an action is. It changes no version, and nobody has to agree again."""

    action: Identifier
    state: ActionState


class PlanOutcomeAct(Act):
    """Record what the owners of two colliding actions have agreed on."""

    alert: Identifier
    outcome: Outcome
