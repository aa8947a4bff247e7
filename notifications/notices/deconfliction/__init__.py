"""An overlap: an owner of a planned action is told that it collides with another one's, how gravely, and whom to call.

Nothing else is said of the other action, in whatever incident it is planned: no target, no window, no name of it. The
owner's own action is named, because nobody can stop an action without knowing which. It goes to that owner alone.
"""

from collections.abc import Sequence

from leerp.marking import Level, Marking, Tlp
from leerp.notices import Portion, Said, Section
from notifications import portions as common
from notifications.context import NoticeContext, OverlapWord
from notifications.templating import statement

MOST_SHOWN = 1_000
"""The most overlaps of one notice."""


def portions(context: NoticeContext) -> list[Portion]:
    """Each overlap by itself, for its reader alone; and by when the first of them is to be confirmed."""
    return [
        common.structure(Section.TITLE, statement("title", of="deconfliction", reference=context.reference)),
        common.structure(Section.SUMMARY, statement("in_general", of="deconfliction")),
        *_overlaps(context.overlaps),
        *_ask(context.overlaps),
        *common.contacts(context),
    ]


def _overlaps(words: Sequence[OverlapWord]) -> list[Portion]:
    found = [
        portion
        for word in words[:MOST_SHOWN]
        for portion in common.marked(Section.ACTION, statement("overlap", of="deconfliction", word=word), _only(word))
    ]
    left = words[MOST_SHOWN:]
    more = statement("more", of="deconfliction", number=len(left))
    return found + (common.marked(Section.ACTION, more, _only(left[0])) if left else [])


def _only(word: OverlapWord) -> Marking:
    return Marking(level=Level.BPL, tlp=Tlp.AMBER_STRICT, releasable_to=((f"reader:{word.reader}",),))


def _ask(words: Sequence[OverlapWord]) -> list[Portion]:
    if not words:
        return []
    by = min(word.by for word in words)
    text = statement("ask", of="deconfliction", by=by)
    return common.marked(Section.ASK, text, _only(words[0]), said=Said(deadline=by))
