"""The portions that several kinds of notice share. Each function says what its portions' marking comes from.

A portion is marked at least as tightly as everything it was derived from: nothing that a reader may not see may show
through in something that the reader may (DESIGN rule 4).
"""

from collections.abc import Iterable, Iterator

from leerp.grades import Grade
from leerp.marking import Marking
from leerp.notices import PersonalData, Portion, Said, Section
from leerp.plans import Action
from leerp.reports import Report
from notifications import personal_data
from notifications.context import NoticeContext
from notifications.templating import statement

STRUCTURE = Marking()
"""The marking of what says no more than that there is a notice: BPL."""

LONGEST = 100_000
"""The most characters one portion holds (`leerp.model.Text`)."""


def structure(section: Section, text: str, *, said: Said | None = None) -> Portion:
    """A portion that depends on no report, no assessment and no action."""
    return Portion(section=section, text=text, marking=STRUCTURE, said=said)


def marked(
    section: Section,
    text: str,
    marking: Marking,
    *,
    grade: Grade | None = None,
    said: Said | None = None,
    personal: PersonalData | None = None,
) -> list[Portion]:
    """A statement as one portion, or as several where it is too long for one; none if it is empty.

    What it says for machines goes with the first of them.
    """
    first = {0: said}
    return [
        Portion(section=section, text=piece, marking=marking, grade=grade, said=first.get(at), personal_data=personal)
        for at, piece in enumerate(_pieces(text))
    ]


def _pieces(text: str) -> Iterator[str]:
    """Cut at line ends, and inside a line only where there is no other way."""
    while text:
        cut = len(text) if len(text) <= LONGEST else text.rfind("\n", 1, LONGEST) + 1 or LONGEST
        yield text[:cut]
        text = text[cut:]


def reports(context: NoticeContext) -> list[Portion]:
    """What each report says, under the report's own marking and grade; its title alone where that is all it may."""
    known = context.known_personal_data
    return [portion for report, grade in context.reports for portion in _report(report, grade, known)]


def _report(report: Report, grade: Grade, known: frozenset[str]) -> list[Portion]:
    text = statement("report", report=report)
    if not personal_data.stands_in(text, known=known):
        return marked(Section.FACT, text, report.marking, grade=grade)
    whole = marked(Section.FACT, text, report.marking, grade=grade, personal=PersonalData.HELD)
    short = statement("report", report=report.model_copy(update={"narrative": ""}))
    if personal_data.stands_in(short, known=known):
        return whole
    return whole + marked(Section.FACT, short, report.marking, grade=grade, personal=PersonalData.LEFT_OUT)


def indicators(context: NoticeContext) -> list[Portion]:
    """The observables of each report, under the report's own marking and grade; for private parties without persons."""
    return [portion for report, grade in context.reports for portion in _indicators(report, grade)]


def _indicators(report: Report, grade: Grade) -> list[Portion]:
    left = personal_data.without(report.observables)
    if left == report.observables:
        return _listed(report, grade)
    return [
        *_listed(report, grade, personal=PersonalData.HELD),
        *_listed(report.model_copy(update={"observables": left}), grade, personal=PersonalData.LEFT_OUT),
    ]


def _listed(report: Report, grade: Grade, *, personal: PersonalData | None = None) -> list[Portion]:
    if not report.observables:
        return []
    text, said = statement("indicators", report=report), Said(observables=report.observables)
    return marked(Section.INDICATOR, text, report.marking, grade=grade, said=said, personal=personal)


def classification(context: NoticeContext) -> list[Portion]:
    """The level with what lifted it, and what it was before, marked as everything it was derived from."""
    if context.classification is None:
        return []
    result = context.classification
    said = Said(level=result.level, level_rank=result.level_rank, levels=result.levels)
    text = statement("classification", classification=result)
    portions = marked(Section.SUMMARY, text, context.derived_marking, said=said)
    if context.level_before in (None, result.level):
        return portions
    change = statement("level_changed", before=context.level_before, now=result.level)
    return [*portions, *marked(Section.SUMMARY, change, context.derived_marking)]


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
    """Each action under its own marking; for private parties without the targets that are personal data."""
    return [portion for action in chosen for portion in _action(action)]


def _action(action: Action) -> list[Portion]:
    text = statement("action", action=action)
    left = personal_data.without(action.targets)
    if left == action.targets:
        return marked(Section.ACTION, text, action.marking)
    short = statement("action", action=action.model_copy(update={"targets": left}))
    whole = marked(Section.ACTION, text, action.marking, personal=PersonalData.HELD)
    if personal_data.stands_in(short):
        return whole
    return whole + marked(Section.ACTION, short, action.marking, personal=PersonalData.LEFT_OUT)


def contacts(context: NoticeContext) -> list[Portion]:
    """The points of contact of the coordination centre, the virtual command post, and the next update."""
    texts = [statement("contact", line=line) for line in context.centre_contacts]
    if context.command_post:
        texts.append(statement("command_post", line=context.command_post))
    return [*(structure(Section.CONTACT, text) for text in texts), *_next_update(context)]


def _next_update(context: NoticeContext) -> list[Portion]:
    at = context.next_update_at
    if at is None:
        return []
    return [structure(Section.CONTACT, statement("next_update", at=at), said=Said(next_update_at=at))]


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
