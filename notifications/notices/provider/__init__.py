"""A word with a provider about its own information: may others have it (H2), or that others were given it after all.

It goes to the provider alone. What is shown of a notice is what the provider's own restriction stands on, each
statement under its own marking: of what others have given, the provider sees no more than any other reader.
"""

from leerp.errors import BadInputError
from leerp.marking import Level, Marking, Tlp
from leerp.notices import Portion, Section
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """What is asked or told, of which notice, for which readers; and what it is about."""
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
