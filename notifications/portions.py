"""The portions that several kinds of notice share. Each function says what its portions' marking comes from.

A portion is marked at least as tightly as everything it was derived from: nothing that a reader may not see may show
through in something that the reader may (DESIGN rule 4).
"""

from collections.abc import Iterable, Iterator

from leerp.grades import Grade
from leerp.marking import Marking
from leerp.notices import Portion, Said, Section
from leerp.plans import Action
from leerp.reports import Report
from notifications.context import NoticeContext
from notifications.templating import statement

STRUCTURE = Marking()
"""The marking of what says no more than that there is a notice: BPL."""

LONGEST = 100_000
"""The most characters one portion holds (`leerp.model.Text`)."""


def structure(section: Section, text: str) -> Portion:
    """A portion that depends on no report, no assessment and no action."""
    return Portion(section=section, text=text, marking=STRUCTURE)


def marked(
    section: Section, text: str, marking: Marking, *, grade: Grade | None = None, said: Said | None = None
) -> list[Portion]:
    """A statement as one portion, or as several where it is too long for one; none if it is empty.

    What it says for machines goes with the first of them.
    """
    first = {0: said}
    return [
        Portion(section=section, text=piece, marking=marking, grade=grade, said=first.get(at))
        for at, piece in enumerate(_pieces(text))
    ]


def _pieces(text: str) -> Iterator[str]:
    """Cut at line ends, and inside a line only where there is no other way."""
    while text:
        cut = len(text) if len(text) <= LONGEST else text.rfind("\n", 1, LONGEST) + 1 or LONGEST
        yield text[:cut]
        text = text[cut:]


def reports(context: NoticeContext) -> list[Portion]:
    """What each report says, under the report's own marking and grade."""
    return [portion for report, grade in context.reports for portion in _report(report, grade)]


def _report(report: Report, grade: Grade) -> list[Portion]:
    return marked(Section.FACT, statement("report", report=report), report.marking, grade=grade)


def indicators(context: NoticeContext) -> list[Portion]:
    """The observables of each report, under the report's own marking and grade."""
    return [
        portion
        for report, grade in context.reports
        if report.observables
        for portion in marked(
            Section.INDICATOR,
            statement("indicators", report=report),
            report.marking,
            grade=grade,
            said=Said(observables=report.observables),
        )
    ]


def classification(context: NoticeContext) -> list[Portion]:
    """The level with what lifted it, marked as everything it was derived from."""
    if context.classification is None:
        return []
    result = context.classification
    said = Said(level=result.level, level_rank=result.level_rank, levels=result.levels)
    text = statement("classification", classification=result)
    return marked(Section.SUMMARY, text, context.derived_marking, said=said)


def facts(context: NoticeContext) -> list[Portion]:
    """What the reports come to together, marked as everything it was derived from."""
    said = Said(facts=context.facts)
    return marked(Section.SUMMARY, statement("facts", facts=context.facts), context.derived_marking, said=said)


def presumption(context: NoticeContext) -> list[Portion]:
    """Criminal until shown otherwise, marked as everything it was derived from."""
    if context.classification is None:
        return []
    text = statement("presumption", presumption=context.classification.presumption.value, facts=context.facts)
    return marked(Section.ASSUMPTION, text, context.derived_marking)


def unknowns(context: NoticeContext) -> list[Portion]:
    """The facts that nobody knows yet. Which these are follows from all reports, and is marked so."""
    missing = context.classification.ask_for if context.classification else ()
    return [
        portion
        for fact in missing
        for portion in marked(Section.UNKNOWN, statement("unknown", fact=fact), context.derived_marking)
    ]


def assessments(context: NoticeContext) -> list[Portion]:
    """The tactical assessments, each under its own marking."""
    return [portion for text, marking in context.assessments for portion in marked(Section.ASSESSMENT, text, marking)]


def actions(chosen: Iterable[Action]) -> list[Portion]:
    """Each action under its own marking."""
    return [
        portion
        for action in chosen
        for portion in marked(Section.ACTION, statement("action", action=action), action.marking)
    ]


def contacts(context: NoticeContext) -> list[Portion]:
    """The points of contact of the coordination centre, the virtual command post, and the next update."""
    texts = [statement("contact", line=line) for line in context.centre_contacts]
    if context.command_post:
        texts.append(statement("command_post", line=context.command_post))
    if context.next_update_at:
        texts.append(statement("next_update", at=context.next_update_at))
    return [structure(Section.CONTACT, text) for text in texts]


def asks(context: NoticeContext) -> list[Portion]:
    """What is asked of the readers, each under its own marking, with its deadline."""
    return [
        portion
        for ask in context.asks
        for portion in marked(Section.ASK, statement("ask", ask=ask), ask.marking, said=Said(deadline=ask.by))
    ]


def hits(context: NoticeContext) -> list[Portion]:
    """For each two owners whose information meets: that it does, and nothing of what it is; released to them alone."""
    owners = sorted({tuple(sorted((hit.first_owner, hit.second_owner))) for hit in context.hits})
    return [
        Portion(
            section=Section.FACT,
            text=statement("hit", first=first, second=second),
            marking=Marking(releasable_to=((f"reader:{first}", f"reader:{second}"),)),
        )
        for first, second in owners
    ]
