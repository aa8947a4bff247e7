"""A word with a provider about its own information: may others have it (H2), that others were given it, or a hit.

It goes to the provider alone. What is shown of a notice is what the provider's own restriction stands on, each
statement under its own marking: of what others have given, the provider sees no more than any other reader.
"""

from leerp.errors import BadInputError
from leerp.marking import Level, Marking, Tlp
from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import HitWord, NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """What is asked or told, of which notice, for which readers; and what it is about."""
    if context.hit_word is not None:
        return _hit(context, context.hit_word)
    word = context.provider_word
    if word is None:
        raise BadInputError(f"a notice to a provider for {context.reference} needs what it is about; say it")
    only = Marking(level=Level.BPL, tlp=Tlp.AMBER_STRICT, releasable_to=((f"reader:{word.provider}",),))
    name = "asked" if word.reason is None else "told"
    said = statement(name, of="provider", word=word)
    readers = statement("readers", of="provider", word=word)
    return [
        common.structure(Section.TITLE, statement("title", of="provider", reference=context.reference)),
        common.structure(Section.SUMMARY, statement(f"{name}_in_general", of="provider")),
        *common.marked(Section.SUMMARY, said, only),
        *common.marked(Section.SUMMARY, readers, only),
        *word.portions,
        *(common.marked(Section.ASK, statement("answer", of="provider", word=word), only) if word.by else []),
        *common.contacts(context),
    ]


def _hit(context: NoticeContext, word: HitWord) -> list[Portion]:
    """With whom there is a hit and whom to call; never what it is, which of the reader's information, or how much."""
    only = Marking(level=Level.BPL, tlp=Tlp.AMBER_STRICT, releasable_to=((f"reader:{word.owner}",),))
    return [
        common.structure(Section.TITLE, statement("title", of="provider", reference=context.reference)),
        common.structure(Section.SUMMARY, statement("hit_in_general", of="provider")),
        *(
            portion
            for other in word.others
            for portion in common.marked(Section.FACT, statement("hit_with", of="provider", other=other), only)
        ),
        *common.marked(Section.ASK, statement("permit", of="provider"), only),
        *common.contacts(context),
    ]
