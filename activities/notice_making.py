"""What every notice has, whatever it says: its id, whose it is, and whom of the centre a reader answers to."""

from datetime import datetime
from typing import Any

from activities.messages import DraftNotice
from leerp.notices import Notice, NoticeKind, Portion
from leerp.opaque_ids import opaque_id
from leerp.stakeholders import Directory
from notifications.composing import compose
from notifications.context import NoticeContext
from records.incidents import StoredIncident


def notice_id(incident: StoredIncident, key: str) -> str:
    """An id that tells a reader nothing of how many other notices there are."""
    return opaque_id("N", key, secret=incident.secret)


def contact_lines(directory: Directory) -> tuple[str, ...]:
    """The points of contact of the centre, one line each; every notice carries them."""
    return tuple(f"{contact.channel}: {contact.address}" for contact in directory.centre.contacts)


def frame(incident: StoredIncident, directory: Directory, at: datetime, **said: Any) -> NoticeContext:  # noqa: ANN401 - the fields of the context, which are checked there
    """What a notice is composed from: of which incident, by whom, when, and what is `said`."""
    return NoticeContext(
        reference=incident.reference,
        mode=incident.mode,
        issued_at=at,
        issuer=directory.centre.name,
        centre_contacts=contact_lines(directory),
        **said,
    )


def own_notice(
    incident: StoredIncident,
    kind: NoticeKind,
    context: NoticeContext,
    *,
    key: str,
    acknowledge_within_minutes: int | None = None,
) -> Notice:
    """A notice that the centre sends without a draft; the same key gives the same notice."""
    return Notice(
        id=notice_id(incident, key),
        incident=incident.reference,
        kind=kind,
        mode=incident.mode,
        issued_at=context.issued_at,
        issuer=context.issuer,
        portions=compose(kind, context),
        acknowledge_within_minutes=acknowledge_within_minutes,
    )


def drafted_notice(
    incident: StoredIncident,
    request: DraftNotice,
    directory: Directory,
    portions: tuple[Portion, ...],
    *,
    earlier: Notice | None,
) -> Notice:
    """The notice of a draft. `earlier`: the one that it replaces, corrects or recalls."""
    return Notice(
        id=notice_id(incident, request.key),
        incident=request.incident,
        kind=request.kind,
        mode=incident.mode,
        issued_at=request.at,
        issuer=directory.centre.name,
        portions=portions,
        acknowledge_within_minutes=request.acknowledge_within_minutes,
        acknowledge_within_minutes_by_group=request.acknowledge_within_minutes_by_group,
        relation=request.relation,
        earlier=request.earlier,
        earlier_at=earlier.issued_at if earlier else None,
    )
