"""A scenario as plain values: the columns of its injects, and whatever else each of them holds."""

import json
import uuid
from typing import Any

from exercises.exchange.remarks import Remarks
from exercises.scenario import Scenario
from leerp.formats.texts import prose

COLUMN_KEYS = (
    "number",
    "at",
    "kind",
    "from",
    "to",
    "delivery",
    "subject",
    "description",
    "text",
    "expected",
    "max_minutes",
    "objective",
    "learning_point",
    "controller",
    "evaluator_note",
    "sources",
    "branch",
)
"""Every column of an MSEL that an inject has, by its key."""

SEVERAL = ("acknowledge", "decision")
"""The kinds of inject that come from several people."""


def plain(scenario: Scenario) -> dict[str, Any]:
    """The scenario as its file would hold it: defaults left out, times as texts."""
    document: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return document


def columns_of(inject: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of an inject as its file holds it, and the rest of it."""
    columns = {key: value for key, value in inject.items() if key in COLUMN_KEYS}
    rest = {key: value for key, value in inject.items() if key not in COLUMN_KEYS}
    if inject["kind"] == "message":
        columns |= rest.pop("says")
    if isinstance(columns.get("from"), list):
        columns["from"] = ", ".join(columns["from"])
    if "sources" in columns:
        columns["sources"] = ", ".join(columns["sources"])
    columns.setdefault("to", "duty desk")
    columns.setdefault("delivery", "leerp")
    return columns, rest


def body_of(columns: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """The inject that these columns and this rest are of, without number and time; the columns win."""
    body = {key: value for key, value in rest.items() if key not in COLUMN_KEYS}
    body |= {key: value for key, value in columns.items() if key not in ("number", "at", "subject", "text")}
    if body["kind"] == "message":
        text = columns.get("text")
        body["says"] = {"subject": columns["subject"], **({"text": text} if text else {})}
    if body["kind"] in SEVERAL and isinstance(body.get("from"), str):
        body["from"] = [one.strip() for one in body["from"].split(",")]
    if isinstance(body.get("sources"), str):
        body["sources"] = [one.strip() for one in body["sources"].split(",")]
    return body


def identifier(space: uuid.UUID, scenario: Scenario, name: str) -> str:
    """The id of a part of a scenario on another platform, the same in every export of that version."""
    return str(uuid.uuid5(space, f"{scenario.name}/{scenario.version}/{name}"))


def compact(value: object) -> str:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def cleaned(text: str, *, place: str, remarks: Remarks) -> str:
    """The text without what a cell cannot hold; what is left out is remarked on."""
    held = prose(text)
    if held != text:
        remarks.not_carried(place, text, "space around it, line ends or signs that no cell keeps as they are; left out")
    return held
