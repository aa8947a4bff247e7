"""What changes while it is found: an incident, whose marking tightens, and the actions of its plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from leerp.plans import Plan
from leerp.search_things import Part, of_action, of_incident, thing_name
from leerp.searching import SearchKind
from records import search_filling
from records.schema import incidents
from records.statements import chunks

_FIELDS = [incidents.c[name] for name in ("reference", "title", "marking", "mode", "opened_at", "plan")]


def opened(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Have incidents found that have just been put in their table."""
    search_filling.add_all(connection, [_found_as(row) for row in rows], may_change=True)


def changed(connection: Connection, references: Sequence[str]) -> None:
    """Have incidents and the actions of their plans found as they stand now."""
    for some in chunks(references):
        rows = connection.execute(select(*_FIELDS).where(incidents.c.reference.in_(some))).all()
        search_filling.replace_all(connection, [_found_as(row._asdict()) for row in rows])
        for row in rows:
            plan_changed(connection, row.reference, row.plan)


def plan_changed(connection: Connection, reference: str, plan: Plan) -> None:
    """Have the actions of a plan found as they stand now, and those that are no more not at all."""
    mode = connection.scalar(select(incidents.c.mode).where(incidents.c.reference == reference))
    if mode is None:
        return
    parts = [of_action(one, incident=reference, mode=mode) for one in plan.actions]
    beginning = thing_name(SearchKind.ACTION, f"{reference}/")
    gone = search_filling.names(connection, beginning=beginning) - {one.thing for one in parts}
    search_filling.replace_all(connection, parts, gone=sorted(gone))


def _found_as(row: Mapping[str, Any]) -> Part:
    title, marking, mode = row["title"], row["marking"], row["mode"]
    return of_incident(row["reference"], title=title, marking=marking, mode=mode, at=row["opened_at"])
