"""A package: what one country may have of what the incident holds about its own victims, hosts and accounts.

Beside the items themselves it says nothing but that it is one: no sums, no count, nothing derived from several, so that
what a reader may not see leaves no trace, and whoever may see no item gets nothing at all.
"""

from leerp.errors import BadInputError
from leerp.notices import Portion, Section
from notifications import pooled
from notifications import portions as common
from notifications.context import NoticeContext
from notifications.templating import statement


def portions(context: NoticeContext) -> list[Portion]:
    """Each item by itself, under its own marking and grade; then the observables."""
    word = context.package
    if word is None:
        raise BadInputError(f"a package for {context.reference} needs its country; name one")
    title = statement("title", of="package", country=word.country, reference=context.reference)
    return [
        common.structure(Section.TITLE, title),
        *pooled.told(word.items, known=context.known_personal_data),
        *pooled.observables(word.items),
        *common.asks(context),
        *common.contacts(context),
    ]
