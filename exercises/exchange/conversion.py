"""Conversion: which format a file of others is in, the scenario in it, and a scenario in a format of others."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from exercises.checking import faults
from exercises.exchange.cast_maps import CastMap
from exercises.exchange.cexf import read_cexf, write_cexf
from exercises.exchange.drafts import Draft
from exercises.exchange.formats import MAX_BYTES, Format
from exercises.exchange.msel import draft_of, rows_of
from exercises.exchange.msel_csv import read_csv, write_csv
from exercises.exchange.msel_xlsx import read_workbook, write_workbook
from exercises.exchange.openaev import read_openaev, unpacked, write_openaev
from exercises.exchange.remarks import Exported, Remarks, Verdict
from exercises.exchange.writing import scenario_yaml
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.formats.strict import json_of, model_of
from leerp.stakeholders import Directory


@dataclass(frozen=True)
class Imported:
    """A scenario file out of a file of others.

    `scenario`: the scenario in it, None where a planner must fill something in first. `remarks`: see there.
    """

    content: bytes
    scenario: Scenario | None
    remarks: Remarks
    form: Format
    injects: int


def format_of(content: bytes, *, name: str) -> Format:
    """The format of a file, by what is in it and not by its name; BadInputError where it is none of them."""
    if content.startswith(b"PK"):
        return Format.MSEL_XLSX if b"xl/workbook.xml" in content else Format.OPENAEV
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return Format.MSEL_XLSX  # whose reader says what to do
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        document = json_of(content, name=name)
        if "scenario_information" in document:
            return Format.OPENAEV
        if "exercise" in document and "injects" in document:
            return Format.CEXF
        raise BadInputError(f"{name}: JSON of no format known here; say --format, of {', '.join(Format)}")
    return Format.MSEL_CSV


def read_scenario_of(
    content: bytes, *, name: str, form: Format | None, mapping: CastMap, directory: Directory | None, into: str
) -> Imported:
    """The scenario in a file of others. `into`: the name of the file that it is written to.

    BadInputError for what cannot be read at all; everything else is in the remarks.
    """
    if len(content) > MAX_BYTES:
        raise BadInputError(f"{name}: more than {MAX_BYTES // 2**20} MiB; split the exercise")
    form = form or format_of(content, name=name)
    remarks = Remarks()
    file = PurePath(name).name
    draft = Draft(remarks=remarks, mapping=mapping, file=file, form=form.value, start=mapping.start)
    _fill(draft, content, form, directory)
    document = draft.document(name=_identifier(PurePath(into).stem))
    if not document["injects"]:
        remarks.missing("injects", "", "no inject was taken in; see what was refused, or write one")
    scenario = _checked(document, remarks, directory)
    heading = f"Imported from {file} ({form.value})."
    written = scenario_yaml(document, remarks=remarks, heading=heading)
    return Imported(written, scenario, remarks, form, len(document["injects"]))


def _fill(draft: Draft, content: bytes, form: Format, directory: Directory | None) -> None:
    reporter = _reporter(directory)
    match form:
        case Format.MSEL_CSV:
            draft_of(read_csv(content, name=draft.file, remarks=draft.remarks), draft, reporter=reporter)
        case Format.MSEL_XLSX:
            draft_of(read_workbook(content, name=draft.file, remarks=draft.remarks), draft, reporter=reporter)
        case Format.CEXF:
            read_cexf(_object(content, draft.file, "injects"), draft)
        case Format.OPENAEV:
            plain = unpacked(content, name=draft.file, remarks=draft.remarks)
            read_openaev(_object(plain, draft.file, "scenario_injects"), draft)
        case Format.SCENARIO:
            raise BadInputError(f"{draft.file}: a scenario is played as it is; try `leerp exercise check`")


def _object(content: bytes, name: str, key: str) -> dict[str, Any]:
    document = json_of(content, name=name)
    if not isinstance(document, dict) or not isinstance(document.get(key), list):
        raise BadInputError(f"{name}: no list {key} in it, so not of this format; say another --format")
    return document


def _reporter(directory: Directory | None) -> Callable[[str], bool]:
    return lambda name: directory is not None and directory.stakeholder(name) is not None


def _identifier(text: str) -> str:
    found = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:100]
    return found or "imported"


def _checked(document: dict[str, Any], remarks: Remarks, directory: Directory | None) -> Scenario | None:
    """The scenario, if it could be played; what stands in the way is what a planner must fill in."""
    if remarks.of(Verdict.MISSING):
        return None
    try:
        scenario = model_of(Scenario, document, name="scenario")
    except BadInputError as error:
        remarks.missing("scenario", "", f"{error.sentence}; correct it in the scenario")
        return None
    found = list(faults(scenario, directory=directory))
    for fault in found:
        remarks.missing(fault.key, "", f"{fault.sentence}; correct it in the scenario")
    if found:
        return None
    if not scenario.opens_an_incident:
        remarks.missing("injects", "", "none of them is a report, which opens the incident; make at least one a report")
    return scenario


def write_scenario_as(scenario: Scenario, form: Format, *, into: str) -> Exported:
    """The scenario in a format of others. `into`: the name of the file, whose ending may ask for an archive."""
    match form:
        case Format.CEXF:
            return write_cexf(scenario)
        case Format.OPENAEV:
            return write_openaev(scenario, archive=into.lower().endswith(".zip"))
        case Format.MSEL_CSV | Format.MSEL_XLSX:
            remarks = Remarks()
            about, listed = rows_of(scenario, remarks)
            if form is Format.MSEL_CSV:
                return Exported(write_csv([*about, [], *listed]), remarks)
            return Exported(write_workbook((("MSEL", listed), ("Exercise", about)), remarks=remarks), remarks)
        case Format.SCENARIO:
            raise BadInputError("a scenario is written with pseudonyms; see `exercises.pseudonyms`")
