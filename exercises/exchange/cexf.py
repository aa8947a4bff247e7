"""The Common Exercise Format of the MISP project: exercises that are played in a tool and scored there.

Keys by the format's own description and sample (github.com/MISP/cexf) and by the schema of the editor that writes it
(`schema_cexf.json`, github.com/MISP/SkillAegis-Editor). An inject of theirs is a task for a trainee in a tool; its
time, where it has one, is `timing.triggered_at`, in seconds from the start.
"""

import base64
import json
import uuid
from datetime import timedelta
from typing import Any

from exercises.exchange.carried import COLUMN_KEYS, columns_of, identifier, plain
from exercises.exchange.drafts import CONTROL, Draft, Row
from exercises.exchange.moments import Moment
from exercises.exchange.remarks import Exported, Remarks
from exercises.exchange.sources import Path, Source, pointer
from exercises.offsets import parse_offset
from exercises.scenario import Scenario

CARRIED = ("at", "subject", "description", "text", "expected", "evaluator_note")
"""The columns of an inject that the format can carry."""

_SPACE = uuid.UUID("6f2ed3b0-8f0a-5c52-9c0f-2f5d6f6b7a11")
_MESSAGE = "email_to_participants"
_REASONS = {
    "inject_evaluation": "scored by what a trainee does in a tool; say it as an expectation on the journal",
    "inject_evaluation_join_type": "scored by what a trainee does in a tool; say it as an expectation on the journal",
    "requirements": "comes after another one is solved in a tool; say it as a condition (when) on the journal",
    "sequence": "the order of tasks in a tool; here every inject has its time",
    "timing": "checked again and again in a tool; here every inject has its time",
    "target_tool": "the tool that trainees work in; here it is the protocol",
    "action": "what the platform does; here an inject that is no act is a message",
    "inject_payloads": "a payload of a tool; only text of files is carried, as what a message says",
    "uuid": "an id of the platform",
    "inject_uuid": "an id of the platform",
}


def read_cexf(document: object, draft: Draft) -> None:
    """Fill a draft; whatever the document holds beyond it is remarked on."""
    source = Source(document, draft.remarks)
    _exercise(source, draft)
    total = draft.length or timedelta(hours=2)
    flows, payloads = source.index("inject_flow", "inject_uuid"), source.index("inject_payloads", "uuid")
    injects = source.items("injects")
    for at in injects:
        flow = flows.get(str(source.at("injects", at, "uuid")))
        moment = _moment(source, at, flow, evenly=total * at / max(1, len(injects)), draft=draft)
        payload = payloads.get(str(source.at("injects", at, "action_payload_resource_uuid")))
        if moment is not None:
            draft.add(Row(pointer(("injects", at)), moment, _body(source, at, flow, payload, draft=draft)))
    source.list_the_rest(_REASONS)


def _exercise(source: Source, draft: Draft) -> None:
    for key, ours, one_line in (("name", "title", True), ("expanded", "summary", False), ("version", "version", True)):
        if text := source.text("exercise", key):
            draft.say(ours, text, place=pointer(("exercise", key)), one_line=one_line)
    description = source.at("exercise", "description")
    if description in (source.at("exercise", "expanded"), source.at("exercise", "name")):
        source.take("exercise", "description")
    elif not draft.said.get("summary") and (text := source.text("exercise", "description")):
        draft.say("summary", text, place="/exercise/description", one_line=False)
    duration = source.at("exercise", "total_duration")
    if isinstance(duration, str | int) and str(duration).isdecimal() and len(str(duration)) <= 8:  # noqa: PLR2004 - 3 years
        draft.length = timedelta(seconds=int(source.text("exercise", "total_duration")))


def _moment(source: Source, at: int, flow: int | None, *, evenly: timedelta, draft: Draft) -> Moment | None:
    seconds = source.at("inject_flow", flow, "timing", "triggered_at") if flow is not None else None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        if not 0 <= seconds < 10**8:
            source.refuse("inject_flow", flow or 0, "timing", "triggered_at", why="no seconds from the start")
            return None
        source.take("inject_flow", flow or 0, "timing", "triggered_at")
        return Moment(offset=timedelta(seconds=int(seconds)))
    if at:
        why = "no time is said; spread evenly over the length of the exercise, so set the times"
        draft.remarks.assumed(pointer(("injects", at)), "", why)
    return Moment(offset=timedelta(minutes=int(evenly.total_seconds()) // 60))


def _body(source: Source, at: int, flow: int | None, payload: int | None, *, draft: Draft) -> dict[str, Any]:
    here: Path = ("injects", at)
    name = source.text(*here, "name")
    described = source.text(*here, "description")
    note = source.text("inject_flow", flow, "description") if flow is not None else ""
    results = [
        text for one in source.items(*here, "inject_evaluation")
        if (text := source.text(*here, "inject_evaluation", one, "result"))
    ]  # fmt: skip
    text = _payload(source, payload) if payload is not None else ""
    if text:
        source.take(*here, "action_payload_resource_uuid")
    place = pointer(here)
    body: dict[str, Any] = {
        "kind": "message",
        "from": CONTROL,
        "description": draft.prose(described or name, place=place) or "(no description)",
        "says": {"subject": draft.line(name, place=place, otherwise="(no subject)")},
    }
    if text:
        body["says"]["text"] = draft.prose(text, place=pointer(("inject_payloads", payload or 0)))
    if results:
        body["expected"] = draft.prose("\n".join(results), place=place)
    if note:
        body["evaluator_note"] = draft.prose(note, place=place)
    draft.remarks.assumed(place, CONTROL, "tasks of the platform have no sender")
    return body


def _payload(source: Source, at: int) -> str:
    """The text of a file that is sent along; empty, and not taken, where it is no text."""
    here: Path = ("inject_payloads", at, "parameters")
    content = source.at(*here, "content")
    if not isinstance(content, str):
        return ""
    if source.at(*here, "content-type") == "base64":
        try:
            text = base64.b64decode(content, validate=True).decode()
        except ValueError:  # no base64, or no text in it
            return ""
        source.take(*here, "content-type")
    else:
        text = content
    source.take(*here, "content")
    return text


def write_cexf(scenario: Scenario) -> Exported:
    """The scenario in the format: its messages, and every other inject as a task without a way to be scored."""
    remarks = Remarks()
    document = plain(scenario)
    injects, flows, payloads = [], [], []
    for inject in document["injects"]:
        columns, rest = columns_of(inject)
        inject_id = _uuid(scenario, f"inject/{inject['number']}")
        task = _task(columns, inject_id)
        if columns.get("text"):
            payloads.append(_file(columns, _uuid(scenario, f"payload/{inject['number']}")))
            task |= {"action": _MESSAGE, "action_payload_resource_uuid": payloads[-1]["uuid"]}
        injects.append(task)
        flows.append(_flow(columns, inject_id))
        _list(columns, rest, inject["number"], remarks)
    for key in ("sources", "start", "cast", "branches", "expectations", "objectives"):
        if document.get(key):
            remarks.not_carried(key, "", "the format has no place for it")
    whole = {
        "exercise": _about(scenario),
        "inject_flow": flows,
        "inject_payloads": payloads,
        "injects": injects,
    }
    return Exported(f"{json.dumps(whole, ensure_ascii=False, indent=2)}\n".encode(), remarks)


def _uuid(scenario: Scenario, name: str) -> str:
    return identifier(_SPACE, scenario, name)


def _about(scenario: Scenario) -> dict[str, Any]:
    return {
        "description": scenario.title,
        "expanded": scenario.summary,
        "meta": {"author": "leerp", "leerp-name": scenario.name},
        "name": scenario.title,
        "namespace": "leerp",
        "tags": [],
        "total_duration": str(int(scenario.length.total_seconds())),
        "uuid": _uuid(scenario, "exercise"),
        "version": scenario.version,
    }


def _task(columns: dict[str, Any], identifier: str) -> dict[str, Any]:
    expected = columns.get("expected", "")
    evaluations = [
        {
            "parameters": [],
            "result": expected,
            "evaluation_strategy": "data_filtering",
            "evaluation_context": {},
            "score_range": [0, 0],
        }
    ]
    return {
        "action": columns["kind"],
        "description": columns["description"],
        "inject_evaluation": evaluations if expected else [],
        "name": columns.get("subject") or columns["description"].split("\n", 1)[0][:256],
        "target_tool": "webhook",  # of the three that the editor's schema allows, the one that names no product
        "uuid": identifier,
    }


def _flow(columns: dict[str, Any], identifier: str) -> dict[str, Any]:
    return {
        "description": columns.get("evaluator_note") or "",
        "inject_uuid": identifier,
        "requirements": {},
        "sequence": {"completion_trigger": ["time_expiration"], "followed_by": [], "trigger": ["triggered_at"]},
        "timing": {"triggered_at": int(parse_offset(columns["at"]).total_seconds()), "periodic_run_every": None},
    }


def _file(columns: dict[str, Any], identifier: str) -> dict[str, Any]:
    content = base64.b64encode(columns["text"].encode()).decode()
    parameters = {"content": content, "content-type": "base64", "filename": f"inject-{columns['number']}.txt"}
    return {"name": columns["subject"], "parameters": parameters, "type": "file", "uuid": identifier}


def _list(columns: dict[str, Any], rest: dict[str, Any], number: int, remarks: Remarks) -> None:
    lost = [
        key for key in COLUMN_KEYS if columns.get(key) and key not in (*CARRIED, "number", "kind", "evaluator_note")
    ]
    if columns["kind"] != "message":
        lost.append("kind")
    for key in (*lost, *rest):
        value = columns.get(key, rest.get(key))
        what = value if isinstance(value, str | int) else ""
        remarks.not_carried(f"inject {number}, {key}", what, "the format has no place for it")
