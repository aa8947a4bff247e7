"""The early warning (seed, IV): facts, assumptions and unknowns kept apart (field reference §6.3)."""

from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """Everything that is known, what it is taken to mean, and what is asked of the readers."""
    return [
        common.structure(Section.TITLE, statement("title", of="early_warning", reference=context.reference)),
        *body(context),
    ]


def body(context: NoticeContext) -> list[Portion]:
    """All but the title; an update says the same things anew."""
    return [
        *common.classification(context),
        *common.facts(context),
        *common.reports(context),
        *common.presumption(context),
        *common.unknowns(context),
        *common.assessments(context),
        *common.hits(context),
        *common.indicators(context),
        *common.asks(context),
        common.structure(Section.ASK, statement("preserve_evidence", of="early_warning")),
        *common.contacts(context),
    ]
