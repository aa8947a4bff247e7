"""The teams of FIRST as its API gives them (`data/v1/teams`, field reference §5.2)."""

from typing import Any

from leerp.errors import BadInputError
from leerp.formats.strict import json_of
from leerp.stakeholders import Group
from notifications.importing.drafts import MAX_ENTRIES, Drafting, Imported, Raw
from notifications.importing.values import texts_of, told

_USED = {"team", "team-full", "country", "email"}
_MINIMAL = {"u", "s", "t", "c", "o", "r"}
"""What an entry has when it was asked for with `scope=minimal`: no address among it."""


def read_first(content: bytes, *, name: str, channel: str, group: Group | None) -> Imported:
    """The teams in an answer of the API. BadInputError where it is no whole answer, or one without addresses."""
    answer = json_of(content, name=name)
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or answer.get("status") != "OK":
        raise BadInputError(f"{name}: is no answer of the FIRST API (status OK, and a list as data); fetch it again")
    if len(data) > MAX_ENTRIES or not all(isinstance(team, dict) for team in data):
        raise BadInputError(f"{name}, key data: not a list of at most {MAX_ENTRIES:,} teams; fetch it again")
    if data and all(team and set(team) <= _MINIMAL for team in data):
        raise BadInputError(f"{name}: was fetched with scope=minimal, which has no addresses; fetch the scope public")
    drafting = Drafting(channel=channel, group=group)
    total = answer.get("total")
    if isinstance(total, int) and total > len(data):
        drafting.note(f"the file holds {len(data)} of {total} teams; fetch the others too (limit and offset)")
    for number, team in enumerate(data):
        drafting.add(_raw(team, f"data.{number}"))
    return drafting.done()


def _raw(team: dict[str, Any], where: str) -> Raw:
    short_names, names, countries, emails = (
        texts_of(team.get(key)) for key in ("team", "team-full", "country", "email")
    )
    return Raw(
        where=where,
        short_name=next(iter(short_names), ""),
        name=next(iter(names), ""),
        country=next(iter(countries), ""),
        emails=emails,
        others={key: told(value) for key, value in team.items() if key not in _USED},
    )
