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
        *_conflicts(context),
        *common.asks(context),
        *common.contacts(context),
    ]


def _conflicts(context: NoticeContext) -> list[Portion]:
    """Each collision, marked as both actions together; as the whole plan if it names one that is not in it."""
    markings = {action.id: action.marking for action in context.plan.actions}
    whole = join_all(markings.values())
    found = []
    for conflict in context.plan.conflicts:
        both: Marking = markings.get(conflict.first, whole).join(markings.get(conflict.second, whole))
        text = statement("conflict", of="action_plan", conflict=conflict)
        found += common.marked(Section.ACTION, text, common.STRUCTURE.join(both))
    return found
