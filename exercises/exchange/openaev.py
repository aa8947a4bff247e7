"""The scenarios of OpenAEV (OpenBAS before), as its export writes and its import reads them.

Keys by the importer of export version 1 (V1_DataImporter, github.com/OpenAEV-Platform/openaev) and its own test files.
A time is `inject_depends_duration`, in seconds from the start; who is told are teams; what is expected of players is
an expectation of type MANUAL. What the platform has no key for rides along under the key `leerp`, which it passes over.
"""

import io
import json
import uuid
import zipfile
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from exercises.exchange.carried import COLUMN_KEYS, body_of, columns_of, identifier, plain
from exercises.exchange.drafts import CONTROL, Draft, Row
from exercises.exchange.html_texts import from_html, to_html
from exercises.exchange.moments import Moment
from exercises.exchange.remarks import Exported, Remarks
from exercises.exchange.sources import Path, Source, pointer
from exercises.exchange.workbook_guard import BROKEN_ARCHIVE
from exercises.injects import Inject
from exercises.offsets import parse_offset
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.model import Instant

EMAIL = "138ad8f8-32f8-4a22-8114-aaa12322bd09"
"""The platform's own contract for mails to one reader each."""

MANUAL = "d02e9132-b9d0-4daa-b3b1-4b9871f8472c"
"""The platform's own contract for what a person does."""

MAX_ARCHIVE_BYTES = 64 * 1024 * 1024
_ENTRY = "Scenario"  # the comment by which the platform finds the scenario in its archive
_ABOUT = ("name", "version", "length", "sources", "cast", "branches", "expectations")
_NATIVE = ("at", "to", "subject", "description", "text", "expected", "max_minutes")
_SPACE = uuid.UUID("0b1c8a5e-0a43-5d0b-9b5e-0a1f3a0f4d22")
_INJECT: TypeAdapter[Any] = TypeAdapter(Inject)
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_REASONS = {
    "inject_content": "what an injector of the platform does; say what players see in the description",
    "inject_injector_contract": "how the platform brings it; here it is a message",
    "inject_depends_on": "comes after another one on the platform; say it as a condition (when) on the journal",
    "inject_documents": "files are not part of a scenario",
    "inject_enabled": "a scenario plays all its injects",
    "scenario_users": "people and their addresses come from the directory, not from a scenario",
    "scenario_organizations": "organisations come from the directory, not from a scenario",
    "scenario_teams": "of a team its name is carried where an inject goes to it, and nothing else",
    "scenario_documents": "files are not part of a scenario",
    "inject_id": "an id of the platform",
    "scenario_id": "an id of the platform",
    "objective_id": "an id of the platform",
}


def unpacked(content: bytes, *, name: str, remarks: Remarks) -> bytes:
    """The JSON in the archive that the platform exports, or the content itself; BadInputError."""
    if not content.startswith(b"PK"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(one.file_size for one in entries) > MAX_ARCHIVE_BYTES or any(one.flag_bits & 1 for one in entries):
                raise BadInputError(f"{name}: unpacks to more than {MAX_ARCHIVE_BYTES // 2**20} MiB, or has a password")
            found = [one for one in entries if one.comment.decode(errors="replace") == _ENTRY]
            found = found or [one for one in entries if one.filename.lower().endswith(".json")]
            if len(found) != 1:
                raise BadInputError(f"{name}: not one scenario in this archive; unpack it and name the JSON file")
            for one in entries:
                if one is not found[0]:
                    remarks.not_carried(f"{name}/{one.filename[:80]}", "", "files are not part of a scenario")
            return archive.read(found[0])
    except BROKEN_ARCHIVE as error:
        raise BadInputError(f"{name}: an archive that cannot be opened; export the scenario again") from error


def read_openaev(document: object, draft: Draft) -> None:
    """Fill a draft; whatever the document holds beyond it is remarked on."""
    source = Source(document, draft.remarks)
    if source.at("export_version") == 1:
        source.take("export_version")
    _about(source, draft)
    teams = source.index("scenario_teams", "team_id")
    for at in source.items("scenario_injects"):
        _inject(source, at, teams, draft)
    source.list_the_rest(_REASONS)


def _about(source: Source, draft: Draft) -> None:
    here = "scenario_information"
    for key, ours, one_line in (("scenario_name", "title", True), ("scenario_description", "summary", False)):
        if text := source.text(here, key):
            draft.say(ours, text, place=pointer((here, key)), one_line=one_line)
    for at in source.items("scenario_objectives"):
        there: Path = ("scenario_objectives", at)
        title = draft.line(source.text(*there, "objective_title"), place=pointer(there))
        rest = source.take(*there, "leerp")
        if title:
            entry = {"id": f"O{at + 1}"} | (rest if isinstance(rest, dict) else {}) | {"text": title}
            entry["id"] = str(entry["id"])
            draft.lists.setdefault("objectives", []).append(entry)
            source.take(*there, "objective_id")
    ours = source.take("leerp")
    if isinstance(ours, dict):
        _ours(ours, draft)


def _ours(ours: dict[str, Any], draft: Draft) -> None:
    """What the platform has no key for, as an export of ours wrote it."""
    for key in ("name", "version"):
        if isinstance(ours.get(key), str):
            draft.say(key, ours[key], place=f"/leerp/{key}")
    for key in ("sources", "cast", "branches", "expectations"):
        if isinstance(ours.get(key), list):
            draft.lists[key] = [one for one in ours[key] if isinstance(one, dict)]
    try:
        if draft.start is None and "start" in ours:
            draft.start = _INSTANT.validate_python(ours["start"])
        draft.length = parse_offset(ours.get("length"))
    except (ValueError, ValidationError):
        draft.remarks.refused("/leerp", "", "its start or its length cannot be read; export the scenario again")


def _inject(source: Source, at: int, teams: dict[str, int], draft: Draft) -> None:
    here: Path = ("scenario_injects", at)
    seconds = source.at(*here, "inject_depends_duration")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 10**8:
        draft.remarks.refused(pointer((*here, "inject_depends_duration")), seconds, "no seconds from the start")
        return
    source.take(*here, "inject_depends_duration")
    source.take(*here, "inject_id")
    if source.at(*here, "inject_enabled") is True:
        source.take(*here, "inject_enabled")
    ours = source.take(*here, "leerp")
    columns = _columns(source, here, teams, draft)
    title, first = columns["title"], columns["description"].split("\n", 1)[0][:256]
    if title and title not in (columns.get("subject", title), columns["description"], first):
        why = "the inject has a subject and a description, and no third name"
        draft.remarks.not_carried(pointer((*here, "inject_title")), title, why)
    number = ours.get("number") if isinstance(ours, dict) else None
    body = _known_body(columns, ours, draft, here) or _message(columns, draft, here)
    moment = Moment(offset=timedelta(seconds=seconds))
    draft.add(Row(pointer(here), moment, body, number=number if isinstance(number, int) else None))


def _columns(source: Source, here: Path, teams: dict[str, int], draft: Draft) -> dict[str, Any]:
    place = pointer(here)
    title = draft.line(source.text(*here, "inject_title"), place=place)
    described = source.text(*here, "inject_description")
    columns: dict[str, Any] = {"title": title, "description": draft.prose(described, place=place) or title}
    if subject := source.text(*here, "inject_content", "subject"):
        columns["subject"] = draft.line(subject, place=place)
    if body := source.text(*here, "inject_content", "body"):
        columns["text"] = draft.prose(from_html(body), place=place)
    if source.at(*here, "inject_injector_contract", "injector_contract_id") in (EMAIL, MANUAL):
        source.take(*here, "inject_injector_contract", "injector_contract_id")
    _expected(source, (*here, "inject_content", "expectations"), columns, draft)
    told = [_team(source, here, at, teams) for at in source.items(*here, "inject_teams")]
    if source.at(*here, "inject_all_teams") is True and source.take(*here, "inject_all_teams"):
        told = ["all teams"]
    if source.at(*here, "inject_all_teams") is False:
        source.take(*here, "inject_all_teams")
    if any(told):
        columns["to"] = draft.line(draft.mapping.who(", ".join(one for one in told if one)), place=place)
    return columns


def _team(source: Source, here: Path, at: int, teams: dict[str, int]) -> str:
    index = teams.get(str(source.at(*here, "inject_teams", at)))
    if index is None:
        return ""
    source.take(*here, "inject_teams", at)
    source.take("scenario_teams", index, "team_id")
    return source.text("scenario_teams", index, "team_name")


def _expected(source: Source, here: Path, columns: dict[str, Any], draft: Draft) -> None:
    """What is expected: of each expectation of people its text; what a tool must find is left to be listed."""
    found = []
    for at in source.items(*here):
        if source.at(*here, at, "expectation_type") not in ("MANUAL", "TEXT"):
            continue
        source.take(*here, at, "expectation_type")
        name = source.text(*here, at, "expectation_name")
        described = source.text(*here, at, "expectation_description")
        found.append(described if described.startswith(name) else f"{name}\n{described}".strip())
        seconds = source.at(*here, at, "expectation_expiration_time")
        if "max_minutes" not in columns and isinstance(seconds, int) and seconds > 0 and seconds % 60 == 0:
            source.take(*here, at, "expectation_expiration_time")
            columns["max_minutes"] = min(seconds // 60, 100_000)
    if found:
        columns["expected"] = draft.prose("\n".join(found), place=pointer(here))


def _known_body(columns: dict[str, Any], ours: object, draft: Draft, here: Path) -> dict[str, Any] | None:
    """The inject as an export of ours wrote it, with what may have been changed on the platform since."""
    if not isinstance(ours, dict):
        return None
    changed = {key: value for key, value in columns.items() if key != "title"}
    if "expected" not in changed:
        changed.pop("max_minutes", None)
    rest = ours.get("rest")
    try:
        kept = {key: ours[key] for key in COLUMN_KEYS if key in ours}
        body = body_of({**kept, **changed}, rest if isinstance(rest, dict) else {})
        _INJECT.validate_python({**body, "number": 1, "at": "+00:00"})
    except (ValidationError, KeyError, TypeError):  # a column is missing, or is no text
        draft.remarks.refused(pointer((*here, "leerp")), "", "does not fit the inject; it was taken in as a message")
        return None
    return body


def _message(columns: dict[str, Any], draft: Draft, here: Path) -> dict[str, Any]:
    title = columns.pop("title")
    columns.setdefault("subject", title or "(no subject)")
    columns["description"] = columns["description"] or columns["subject"]
    draft.remarks.assumed(pointer(here), CONTROL, "injects of the platform have no sender")
    return body_of({**columns, "kind": "message", "from": CONTROL}, {})


def write_openaev(scenario: Scenario, *, archive: bool = False) -> Exported:
    """The scenario as the platform's export: its JSON, or the archive with it that the platform imports."""
    remarks = Remarks()
    document = plain(scenario)
    columns = [columns_of(inject) for inject in document["injects"]]
    teams = {name: _uuid(scenario, f"team/{name}") for name in sorted({one["to"] for one, _ in columns})}
    kept = {key: document[key] for key in (*_ABOUT, "start") if document.get(key)}
    written = {
        "export_version": 1,
        "scenario_information": _information(scenario),
        "scenario_teams": [_team_of(name, identifier) for name, identifier in teams.items()],
        "scenario_objectives": [_objective(scenario, one) for one in document["objectives"]],
        "scenario_injects": [_written(scenario, one, rest, teams) for one, rest in columns],
        "leerp": kept,
    }
    for key in ("users", "organizations", "tags", "documents", "channels", "articles", "challenges",
                "lessons_categories", "lessons_questions", "variables"):  # fmt: skip
        written[f"scenario_{key}"] = []
    for key in kept:
        remarks.not_carried(key, "", "only under the key leerp, which the platform passes over")
    for one, rest in columns:
        held = [key for key in COLUMN_KEYS if key in one and key not in (*_NATIVE, "number")]
        why = "only under the key leerp, which the platform passes over"
        remarks.not_carried(f"inject {one['number']}", ", ".join([*held, *rest]), why)
    content = f"{json.dumps(written, ensure_ascii=False, indent=2)}\n".encode()
    return Exported(_packed(scenario, content) if archive else content, remarks)


def _packed(scenario: Scenario, content: bytes) -> bytes:
    entry = zipfile.ZipInfo(f"{scenario.name}.json", date_time=(1980, 1, 1, 0, 0, 0))
    entry.comment = _ENTRY.encode()
    entry.compress_type = zipfile.ZIP_DEFLATED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, content)
    return packed.getvalue()


def _uuid(scenario: Scenario, name: str) -> str:
    return identifier(_SPACE, scenario, name)


def _information(scenario: Scenario) -> dict[str, Any]:
    return {
        "scenario_id": _uuid(scenario, "scenario"),
        "scenario_name": scenario.title,
        "scenario_description": scenario.summary,
        "scenario_subtitle": "EXERCISE",
        "scenario_category": None,
        "scenario_main_focus": None,
        "scenario_message_header": "EXERCISE - EXERCISE - EXERCISE",
        "scenario_message_footer": "EXERCISE - EXERCISE - EXERCISE",
        "scenario_mail_from": "exercise@example.invalid",
        "scenario_tags": [],
        "scenario_documents": [],
    }


def _team_of(name: str, identifier: str) -> dict[str, Any]:
    return {
        "team_id": identifier,
        "team_name": name,
        "team_description": None,
        "team_contextual": True,
        "team_tags": [],
        "team_users": [],
    }


def _objective(scenario: Scenario, objective: dict[str, Any]) -> dict[str, Any]:
    return {
        "objective_id": _uuid(scenario, f"objective/{objective['id']}"),
        "objective_title": objective["text"],
        "objective_description": None,
        "objective_priority": 0,
        "leerp": {key: value for key, value in objective.items() if key != "text"},
    }


def _written(
    scenario: Scenario, columns: dict[str, Any], rest: dict[str, Any], teams: dict[str, str]
) -> dict[str, Any]:
    message = columns["kind"] == "message"
    content: dict[str, Any] = {"expectations": _expectations(columns)}
    if message:
        content |= {"subject": columns["subject"], "body": to_html(columns.get("text", "")), "encrypted": False}
    kept = {key: columns[key] for key in COLUMN_KEYS if key in columns and (key == "number" or key not in _NATIVE)}
    if columns.get("max_minutes") and not columns.get("expected"):
        kept["max_minutes"] = columns["max_minutes"]
    return {
        "inject_id": _uuid(scenario, f"inject/{columns['number']}"),
        "inject_title": columns.get("subject") or columns["description"].split("\n", 1)[0][:256],
        "inject_description": columns["description"],
        "inject_country": None,
        "inject_city": None,
        "inject_enabled": True,
        "inject_injector_contract": {
            "injector_contract_id": EMAIL if message else MANUAL,
            "injector_contract_payload": None,
        },
        "inject_content": content,
        "inject_depends_on": [],
        "inject_depends_duration": int(parse_offset(columns["at"]).total_seconds()),
        "inject_all_teams": False,
        "inject_teams": [teams[columns["to"]]],
        "inject_tags": [],
        "inject_documents": [],
        "leerp": {**kept, "rest": rest},
    }


def _expectations(columns: dict[str, Any]) -> list[dict[str, Any]]:
    expected = columns.get("expected")
    if not expected:
        return []
    minutes = columns.get("max_minutes")
    return [
        {
            "expectation_type": "MANUAL",
            "expectation_name": expected.split("\n", 1)[0][:255],
            "expectation_description": expected,
            "expectation_score": 100,
            "expectation_expectation_group": False,
            **({"expectation_expiration_time": minutes * 60} if minutes else {}),
        }
    ]
