"""A product of the investigation: an analyst's statements, and what is put in from what the incident holds.

An analyst's statement stands under the marking that the analyst gave it, and at least that of what it rests on. What is
put in stands under its own.
"""

from collections.abc import Callable

from leerp.errors import BadInputError
from leerp.notices import Portion, Section
from leerp.products import GeneratedSection
from notifications import pooled
from notifications import portions as common
from notifications.context import NoticeContext, ProductWord
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """The statements first, in their order; then each section that the catalogue has for this product."""
    word = context.product
    if word is None:
        raise BadInputError(f"a product for {context.reference} needs what it is; say which of the catalogue")
    title = statement("title", of="product", product=word.title, reference=context.reference)
    return [
        common.structure(Section.TITLE, title),
        *(
            portion
            for one in word.statements
            for portion in common.marked(one.section, one.text, one.marking, grade=one.grade)
        ),
        *(portion for section in GeneratedSection if section in word.sections for portion in _MADE[section](context)),
        *common.asks(context),
        *common.contacts(context),
    ]


def _word(context: NoticeContext) -> ProductWord:
    return context.product or ProductWord(title="-")


def _facts(context: NoticeContext) -> list[Portion]:
    """What the reports come to together, marked as all of them; and each report, marked as it is."""
    return [
        *common.classification(context),
        *common.facts(context),
        *common.unknowns(context),
        *pooled.told(_word(context).reports, known=context.known_personal_data),
    ]


_MADE: dict[GeneratedSection, Callable[[NoticeContext], list[Portion]]] = {
    GeneratedSection.FACTS: _facts,
    GeneratedSection.CONTRIBUTIONS: lambda context: pooled.told(
        _word(context).contributions, known=context.known_personal_data
    ),
    GeneratedSection.HITS: common.hits,
    GeneratedSection.OBSERVABLES: lambda context: pooled.observables(_word(context).items),
    GeneratedSection.PLAN: lambda context: common.actions(context.plan.actions),
}
