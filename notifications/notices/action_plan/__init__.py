"""The operational action plan (seed, V): who does what, when, and where two actions collide."""

from leerp.marking import Marking, join_all
from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """The plan as it stands. Version and agreement count every action, and are marked as all of them together."""
    plan = context.plan
    whole = common.STRUCTURE.join(join_all(action.marking for action in plan.actions))
    return [
        common.structure(Section.TITLE, statement("title", of="action_plan", reference=context.reference)),
        *common.marked(Section.SUMMARY, statement("plan", of="action_plan", plan=plan), whole),
        *common.actions(plan.actions),
        *_dependencies(context),
        *_conflicts(context),
        *common.asks(context),
        *common.contacts(context),
    ]


def _dependencies(context: NoticeContext) -> list[Portion]:
    """Each action that waits for another, marked as both together: who may not see one learns nothing of it."""
    markings = {action.id: action.marking for action in context.plan.actions}
    whole = join_all(markings.values())
    return [
        portion
        for action in context.plan.actions
        for other in action.depends_on
        for portion in common.marked(
            Section.ACTION,
            statement("dependency", of="action_plan", action=action.id, other=other, needed=other in action.needs),
            common.STRUCTURE.join(action.marking).join(markings.get(other, whole)),
        )
    ]


def _conflicts(context: NoticeContext) -> list[Portion]:
    """Each collision, marked as both actions together; as the whole plan if it names one that is not in it.

    Of an action with sealed targets none is told: whoever sees the other one's targets would learn what is sealed. Its
    owner and the other one are told by themselves, whom to call and nothing more.
    """
    sealed = {action.id for action in context.plan.actions if action.sealed}
    markings = {action.id: action.marking for action in context.plan.actions}
    whole = join_all(markings.values())
    found = []
    for conflict in context.plan.conflicts:
        if sealed & {conflict.first, conflict.second}:
            continue
        both: Marking = markings.get(conflict.first, whole).join(markings.get(conflict.second, whole))
        text = statement("conflict", of="action_plan", conflict=conflict)
        found += common.marked(Section.ACTION, text, common.STRUCTURE.join(both))
    return found
