"""Helpers: reading files of others as the command does, and real ones where they are at hand."""

from functools import cache
from pathlib import Path

import pytest

from exercises.exchange.cast_maps import CastMap, read_map
from exercises.exchange.conversion import Imported, read_scenario_of
from exercises.exchange.formats import Format
from exercises.exchange.remarks import Verdict
from exercises.setting import setting
from leerp.stakeholders import Directory

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

START = "start: 2026-03-01T08:00:00+00:00\n"


@cache
def example_directory() -> Directory:
    """The directory of the example."""
    return setting(None).directory


def imported(content: bytes, *, form: Format | None = None, mapping: str = "") -> Imported:
    """What becomes of a file."""
    said = read_map(mapping.encode(), name="map") if mapping else CastMap()
    return read_scenario_of(
        content, name="list.x", form=form, mapping=said, directory=example_directory(), into="made.yaml"
    )


def places(done: Imported, verdict: Verdict) -> dict[str, str]:
    """By place, why the remarks of a verdict were made."""
    found: dict[str, str] = {}
    for one in done.remarks.of(verdict):
        found[one.place] = f"{found[one.place]}; {one.why}" if one.place in found else one.why
    return found


def real_file(name: str) -> bytes:
    """A file of another project, for trying; the test is skipped where it is not there."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: real files of others are not part of this project")
    return path.read_bytes()
