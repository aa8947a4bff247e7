"""The notice inside: the protocol is launched (seed, III.2). It carries the points of contact, always."""

from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """Launch, level, what is known and not known, the team, and whom to call."""
    return [
        common.structure(Section.TITLE, statement("title", of="launch_internal", reference=context.reference)),
        *common.classification(context),
        *common.facts(context),
        *common.reports(context),
        *common.unknowns(context),
        *_team(context),
        *common.asks(context),
        *common.contacts(context),
    ]


def _team(context: NoticeContext) -> list[Portion]:
    """Who fills which function; a function nobody fills is said. Formed from the directory alone, hence BPL."""
    if not context.team:
        return []
    return [common.structure(Section.SUMMARY, statement("team", of="launch_internal", team=context.team))]
