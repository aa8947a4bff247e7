"""Organisations as Cerebrate's API gives them, with the fields of its contact directories (field reference §5.2).

Fields of a template stand under `meta_fields`: as a list of fields each naming its own, as an object by the name of the
template, or flattened to `template_v1:field`. All three are read.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from leerp.errors import BadInputError
from leerp.formats.strict import json_of
from leerp.stakeholders import Group
from notifications.importing.drafts import MAX_ENTRIES, Drafting, Imported, Raw
from notifications.importing.values import texts_of, told

_SHORT_NAMES = ("team_short_name", "short-team-name", "team")
_NAMES = ("official_name", "team-full", "team-name")
_COUNTRIES = ("ISO 3166-1 code", "country")
_EMAILS = ("email",)
_FINGERPRINTS = ("team_fingerprint",)
_TAKEN = {*_SHORT_NAMES, *_NAMES, *_COUNTRIES, *_EMAILS, *_FINGERPRINTS}
_ROW = {"id", "uuid", "name", "nationality", "meta_fields", "created", "modified"}
"""Of the organisation itself: what is taken, and what says nothing about it."""


def read_cerebrate(content: bytes, *, name: str, channel: str, group: Group | None) -> Imported:
    """The organisations of a list, or of one view. BadInputError where the file is neither."""
    value = json_of(content, name=name)
    organisations = [value] if isinstance(value, dict) else value
    if not isinstance(organisations, list) or len(organisations) > MAX_ENTRIES:
        raise BadInputError(f"{name}: is no list of at most {MAX_ENTRIES:,} organisations; export them as JSON again")
    drafting = Drafting(channel=channel, group=group)
    for number, organisation in enumerate(organisations):
        if not isinstance(organisation, dict) or not texts_of(organisation.get("name")):
            raise BadInputError(f"{name}, entry {number}: is no organisation with a name; export them as JSON again")
        drafting.add(_raw(organisation, f"entry {number}"))
    return drafting.done()


def _raw(organisation: dict[str, Any], where: str) -> Raw:
    fields: dict[str, list[str]] = defaultdict(list)
    unread = {}
    for key, value in _fields(organisation.get("meta_fields")):
        fields[key].extend(texts_of(value))
        if value and not texts_of(value):
            unread[key] = told(value)

    def first(names: tuple[str, ...]) -> str:
        return next((text for key in names for text in fields.get(key, ())), "")

    countries = (first(_COUNTRIES), *texts_of(organisation.get("nationality")))
    others = {key: told(value) for key, value in organisation.items() if key not in _ROW}
    others |= {key: ", ".join(texts) for key, texts in fields.items() if key not in _TAKEN} | unread
    return Raw(
        where=where,
        short_name=first(_SHORT_NAMES) or texts_of(organisation["name"])[0],
        name=first(_NAMES) or texts_of(organisation["name"])[0],
        aliases=texts_of(organisation["name"]),
        country=next((text for text in countries if text), ""),
        emails=tuple(dict.fromkeys(text for key in _EMAILS for text in fields.get(key, ()))),
        fingerprint=first(_FINGERPRINTS),
        others=others,
    )


def _fields(meta: object) -> Iterator[tuple[str, object]]:
    """Name and value of each field, in any of the three forms."""
    if isinstance(meta, list):
        for one in meta:
            if isinstance(one, dict) and isinstance(one.get("field"), str):
                yield one["field"], one.get("value")
            else:
                yield "meta_fields", one
    elif isinstance(meta, dict):
        for key, value in meta.items():
            if isinstance(value, dict):
                yield from value.items()
            else:
                yield key.rpartition(":")[2], value
    elif meta is not None:
        yield "meta_fields", [meta]
