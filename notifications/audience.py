"""Who is told: the groups of each kind of notice (field reference §5.1), and who was named."""

from collections.abc import Collection

from leerp.notices import NoticeKind
from leerp.stakeholders import EXTERNAL_GROUPS, INTERNAL_GROUPS, Directory, Group, Stakeholder

EUROJUST = "eurojust"
"""The id, name or alias under which the directory has Eurojust."""

_MEETING_GROUPS = (Group.LIAISON_BUREAU, Group.JCAT, Group.LE_POC)

_GROUPS: dict[NoticeKind, tuple[Group, ...]] = {
    NoticeKind.LAUNCH_INTERNAL: INTERNAL_GROUPS,
    NoticeKind.LAUNCH_EXTERNAL: EXTERNAL_GROUPS,
    NoticeKind.EARLY_WARNING: (*INTERNAL_GROUPS, *EXTERNAL_GROUPS),
    NoticeKind.UPDATE: (*INTERNAL_GROUPS, *EXTERNAL_GROUPS),
    NoticeKind.MEETING: _MEETING_GROUPS,
    NoticeKind.ACTION_PLAN: _MEETING_GROUPS,
    # Exactly the readers of the launch notices (seed, VII): the caller names them, the directory adds nobody.
    NoticeKind.CLOSURE: (),
    NoticeKind.PROVIDER: (),  # the provider alone, named by whoever asks or tells it
    NoticeKind.DECONFLICTION: (),  # the owner of one action alone
    NoticeKind.PRODUCT: (),  # whoever asked for it, or who is named
    NoticeKind.PACKAGE: (),  # stakeholders of one country; see `of_country`
}


def audience(
    kind: NoticeKind, directory: Directory, *, named: Collection[str] = (), eurojust: bool = False
) -> tuple[str, ...]:
    """The ids of the stakeholders a notice is planned for, sorted.

    `named`: selective partners, late joiners, owners of actions, for a closure everybody. Of the launch notices each
    named reader gets the one of its own side, so that nobody is told twice. A named id that the directory does not
    have stays in: its delivery is withheld as an unknown reader, which the duty officer sees.
    `eurojust`: the case is relevant to Eurojust (meeting and action plan).
    """
    ids = {one.id for one in directory.stakeholders if one.group in _GROUPS[kind] and not one.selective}
    everybody = directory.by_id()
    ids |= {identifier for identifier in named if _on_side(kind, everybody.get(identifier))}
    if eurojust and kind in (NoticeKind.MEETING, NoticeKind.ACTION_PLAN):
        found = directory.named(EUROJUST)
        ids.add(found.id if found else EUROJUST)
    return tuple(sorted(ids))


def of_country(directory: Directory, country: str) -> tuple[str, ...]:
    """Who gets the package of a country where nobody is named: its law enforcement, sorted.

    Its national unit is the liaison body (Regulation (EU) 2016/794 Art. 7(2)); others of the country are named.
    """
    return tuple(
        sorted(
            one.id
            for one in directory.stakeholders
            if one.country == country and one.group in _MEETING_GROUPS and not one.selective
        )
    )


def _on_side(kind: NoticeKind, one: Stakeholder | None) -> bool:
    """Whether a named reader gets this kind; one whom the directory does not have counts as outside."""
    inside = one is not None and one.group in INTERNAL_GROUPS
    if kind is NoticeKind.LAUNCH_INTERNAL:
        return inside
    return not (inside and kind is NoticeKind.LAUNCH_EXTERNAL)
