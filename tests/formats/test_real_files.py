"""Exports that others really made, where they lie beside the project (they are not part of it)."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leerp.formats.reading import detect
from leerp.marking import Tlp
from leerp.reports import ReportFormat
from tests.formats.examples import NOW, contribution, report

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def real(path: str) -> bytes:
    """The bytes of a real file, or a skip that says why."""
    file = DATA / path
    if not file.is_file():
        pytest.skip(f"no {path} in ../shared/data: real exports are not part of the project")
    return file.read_bytes()


def test_a_large_misp_event_is_read() -> None:
    """Nine attributes and 49 objects: 81 different observables, and a note for each kind that has no place."""
    content = real("misp/osint-sednit-2017.json")
    read = report(content, name="osint-sednit-2017.json")
    assert detect(content, "x") == ReportFormat.MISP
    assert (read.id, read.marking.tlp, len(read.observables)) == (
        "5a3c2fcd-8328-42bb-a95e-4f4402de0b81.1513948642",
        Tlp.CLEAR,
        81,
    )
    assert read.reported_at == datetime(2017, 12, 22, 13, 17, 22, tzinfo=UTC)
    assert read.notes == (
        "1 x link: attribute type not mapped",
        "37 x text: attribute type not mapped",
        "3 x tag workflow: taxonomy not read",
        "14 x tag misp-galaxy: taxonomy not read",
        "4 x tag of an attribute: of attributes only markings are read",
    )


def test_a_small_misp_event_is_read() -> None:
    """File name, three hashes and a registry key."""
    read = report(real("misp/ransomware-xorist-2016.json"))
    assert (read.title, len(read.observables)) == ("Ransomware - Xorist", 5)
    assert read.observed_at == datetime(2016, 8, 29, tzinfo=UTC)


def test_a_list_of_stix_observables_is_read_although_two_references_in_it_dangle() -> None:
    """What observables say of each other may be left out; both are noted."""
    content = real("stix/sco-examples-bundle.json")
    read = report(content, name="sco-examples-bundle.json")
    assert detect(content, "x") == ReportFormat.STIX
    assert (len(read.observables), read.reported_at) == (46, NOW)
    assert "2 x process image_ref: refers to an object that is not in the file" in read.notes


@pytest.mark.parametrize(
    "path", ["misp/osint-sednit-2017.json", "misp/ransomware-xorist-2016.json", "stix/sco-examples-bundle.json"]
)
def test_a_real_export_is_a_contribution_as_well(path: str) -> None:
    """With the same observables as the report."""
    content = real(path)
    assert contribution(content).observables == report(content).observables
