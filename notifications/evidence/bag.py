"""What stands in a bag of evidence, made from a journal and the documents it names, and from nothing else.

Making a bag and verifying one are the same: whoever has the journal, the records and the originals makes every other
file again, and compares the bytes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import PackageLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leerp import canonical
from leerp.custody import Happening, gather, stamps
from leerp.errors import BadInputError
from leerp.evidence import Acquisition, Description, EvidenceItem, Judgement, Stamp
from leerp.formats.strict import json_of, model_of
from leerp.journal import JournalKind
from leerp.notices import EXERCISE_MARK, Mode
from matrices.evidence_conditions import EvidenceConditions, Subject, judge, load_evidence_conditions
from notifications.evidence.case import Told, case_uco
from notifications.view import fold

LAYOUT = "1"
"""The layout of the bag; another one is another version of leerp's to read."""

ORIGINALS, RECORDS, TIMESTAMPS = "data/originals/", "data/records/", "data/timestamps/"
JOURNAL, ENTRIES, TABLE = "data/journal.jsonl", "data/entries.jsonl", "data/evidence-conditions.yaml"


@dataclass(frozen=True)
class Export:
    """That somebody took items out, as the journal has it."""

    id: str
    items: tuple[str, ...]
    reader: str
    mode: Mode
    marking: str
    extract: bool
    table_sha256: str
    at: str
    actor: str
    reason: str
    tool: str


@dataclass(frozen=True)
class Contents:
    """What a bag is made from.

    `lines`: of the journal, or of an extract. `records`, `tokens`, `authorities`: documents by their SHA-256. `sizes`:
    how many bytes each original has, by item.
    """

    incident: str
    happenings: tuple[Happening, ...]
    lines: tuple[str, ...]
    table: bytes
    records: Mapping[str, bytes]
    tokens: Mapping[str, bytes] = field(default_factory=dict)
    authorities: Mapping[str, bytes] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)


def last_export(happenings: tuple[Happening, ...]) -> Export:
    """The newest export that a journal tells of; BadInputError where it tells of none."""
    kind = JournalKind.INVESTIGATION_EVIDENCE_EXPORTED
    found = [one for one in happenings if one.kind is kind]
    if not found:
        raise BadInputError("tells of no export")
    last = found[-1]
    data = last.data
    return Export(
        id=str(data["export"]),
        items=tuple(str(one.data["item"]) for one in found if one.data["export"] == data["export"]),
        reader=str(data["for"]),
        mode=Mode(str(data["mode"])),
        marking=str(data["bag_marking"]),
        extract=bool(data["extract"]),
        table_sha256=str(data["table_sha256"]),
        at=last.at,
        actor=last.actor,
        reason=str(data["reason"]),
        tool=str(data["tool"]),
    )


def extract_line(incident: str, one: Happening) -> str:
    """An entry of an extract, as it stands in `entries.jsonl`."""
    body = {"incident": incident, "at": one.at, "actor": one.actor, "kind": one.kind.value, "data": dict(one.data)}
    return canonical.dumps(body).decode()


def read_extract_line(line: str, *, name: str) -> tuple[str, Happening]:
    """The incident and the entry of such a line; raises BadInputError."""
    read = json_of(line.encode(), name=name)
    if not isinstance(read, dict) or set(read) != {"incident", "at", "actor", "kind", "data"}:
        raise BadInputError(f"{name}: not an entry of an extract")
    try:
        kind = JournalKind(read["kind"])
    except ValueError as error:
        raise BadInputError(f"{name}: {read['kind']!r} is no kind of entry") from error
    return str(read["incident"]), Happening(None, str(read["at"]), str(read["actor"]), kind, dict(read["data"]))


def chosen_items(contents: Contents, export: Export) -> list[EvidenceItem]:
    """The items of the export, in its order; raises BadInputError if one never came in."""
    known = {one.id: one for one in gather(contents.happenings)}
    missing = next((one for one in export.items if one not in known), None)
    if missing:
        raise BadInputError(f"tells of an export of {missing}, which never came in")
    return [known[one] for one in export.items]


def description_of(item: EvidenceItem, records: Mapping[str, bytes]) -> Description:
    """Everything that people said of an item, put together; raises BadInputError where a record is missing or odd."""
    whole = Description()
    for sha256 in item.descriptions:
        whole = whole.with_later(read_record(Description, sha256, records))
    return whole


def read_record(model: type[Any], sha256: str, records: Mapping[str, bytes]) -> Any:  # noqa: ANN401 - of that model
    """One document of a person's, by its SHA-256."""
    name = f"{RECORDS}{sha256}.json"
    if sha256 not in records:
        raise BadInputError(f"{name}: is missing")
    return model_of(model, json_of(records[sha256], name=name), name=name)


def covered(item: EvidenceItem, all_stamps: tuple[Stamp, ...]) -> bool:
    """Whether a timestamp covers an item's coming in."""
    return item.acquired_seq is not None and any(one.seq >= item.acquired_seq for one in all_stamps)


def files_of(contents: Contents) -> dict[str, bytes]:
    """Every payload file but the originals, by its path; raises BadInputError if something does not fit together."""
    export = last_export(contents.happenings)
    items = chosen_items(contents, export)
    table = load_evidence_conditions(contents.table, name=TABLE)
    told = [_told(one, contents) for one in items]
    known = {one.id for one in gather(contents.happenings)}
    stamped = stamps(contents.happenings)
    checked = [
        judge(
            Subject(one.item, one.description, known, None if export.extract else covered(one.item, stamped)),
            table=table,
        )
        for one in told
    ]
    return {
        "data/README.txt": _readme(contents, export, items),
        "data/case.jsonld": case_uco(contents.incident, told, tool=export.tool),
        "data/checklist.json": _pretty(_checklist(contents, export, table, list(zip(items, checked, strict=True)))),
        "data/custody.json": _pretty(_custody(contents, export, told)),
        TABLE: contents.table,
        ENTRIES if export.extract else JOURNAL: "".join(f"{line}\n" for line in contents.lines).encode(),
        **{f"{RECORDS}{sha256}.json": contents.records[sha256] for sha256 in wanted_records(items)},
        **dict(_stamp_files(contents, () if export.extract else stamped)),
    }


def wanted_records(items: list[EvidenceItem]) -> list[str]:
    """The documents that the custody of these items names, each once."""
    return sorted({one for item in items for one in (item.record, *item.descriptions) if one})


def info_of(contents: Contents) -> list[tuple[str, str]]:
    """The fields of bag-info.txt."""
    export = last_export(contents.happenings)
    exercise = [("Leerp-Exercise", EXERCISE_MARK)] if export.mode is Mode.EXERCISE else []
    return [
        *exercise,
        ("Bag-Software-Agent", export.tool),
        ("Bagging-Date", export.at[:10]),
        ("External-Identifier", f"{contents.incident}/{export.id}"),
        ("Leerp-Bag-Layout", LAYOUT),
        ("Leerp-Marking", export.marking),
    ]


def token_path(stamp: Stamp) -> str:
    """Where the token for an entry stands."""
    return f"{TIMESTAMPS}{stamp.seq:08d}.tsr"


def authority_path(stamp: Stamp) -> str:
    """Where the certificates stand that it was verified with."""
    return f"{TIMESTAMPS}{stamp.authority}.pem"


def _stamp_files(contents: Contents, all_stamps: tuple[Stamp, ...]) -> Iterator[tuple[str, bytes]]:
    for stamp in all_stamps:
        yield token_path(stamp), contents.tokens[stamp.token]
        yield authority_path(stamp), contents.authorities[stamp.authority]


def _told(item: EvidenceItem, contents: Contents) -> Told:
    acquisition = read_record(Acquisition, item.record, contents.records) if item.record else None
    return Told(
        item=item,
        description=description_of(item, contents.records),
        name=acquisition.name if acquisition else None,
        size=contents.sizes[item.id],
        path=f"{ORIGINALS}{item.id}",
    )


def _custody(contents: Contents, export: Export, told: list[Told]) -> dict[str, Any]:
    return {
        "format": "leerp-custody-1",
        "incident": contents.incident,
        "mode": export.mode.value,
        "marking": export.marking,
        "export": {
            "id": export.id,
            "for": export.reader,
            "at": export.at,
            "by": export.actor,
            "reason": export.reason,
            "extract": export.extract,
        },
        "items": [
            one.item.model_dump(mode="json")
            | {
                "size_bytes": one.size,
                "file": one.path,
                "name": one.name,
                "description": one.description.model_dump(mode="json"),
            }
            for one in told
        ],
    }


def _checklist(
    contents: Contents,
    export: Export,
    table: EvidenceConditions,
    checked: list[tuple[EvidenceItem, tuple[Judgement, ...]]],
) -> dict[str, Any]:
    return {
        "format": "leerp-evidence-checklist-1",
        "incident": contents.incident,
        "table": {"name": table.table, "version": table.version, "sha256": export.table_sha256},
        "table_status": table.status,
        "items": [
            {
                "item": item.id,
                "status": item.status.value,
                "conditions": [one.model_dump(mode="json") for one in judgements],
            }
            for item, judgements in checked
        ],
    }


def _readme(contents: Contents, export: Export, items: list[EvidenceItem]) -> bytes:
    values = vars(export) | {
        "export": export.id,
        "incident": contents.incident,
        "exercise": export.mode is Mode.EXERCISE,
        "whole": not export.extract,
        "items": items,
        "reason": fold(export.reason),
    }
    return _template().render(values).encode()


@cache
def _template() -> Template:
    made = ImmutableSandboxedEnvironment(
        loader=PackageLoader("notifications", "evidence"),
        undefined=StrictUndefined,
        autoescape=False,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return made.get_template("readme.txt")


def _pretty(value: dict[str, Any]) -> bytes:
    """JSON for people and programs, in one spelling."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
