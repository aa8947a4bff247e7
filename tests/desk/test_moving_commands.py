"""`leerp incident related|move|split|merge`: what is shown, and what is refused before anything is sent."""

from pathlib import Path

from tests.desk.commands import Commands
from tests.drill import report_file

REF, OTHER = "LEERP-2026-0001", "LEERP-2026-0002"


def report(leerp: Commands, folder: Path, number: int, *names: str, level: str = "BPL") -> str:
    """Report; the report's id."""
    file = folder / f"{number}.json"
    observables = [{"kind": "domain", "value": f"{name}.example"} for name in names]
    file.write_bytes(report_file(number, observables=observables, marking={"level": level}))
    said = leerp("report", str(file), "--json")
    assert said.code == 0, said.err
    return str(said.json[0]["report"])


def test_reasons_are_shown_as_far_as_the_officer_is_cleared(officer: Commands, tmp_path: Path) -> None:
    """What shares the kill switch says so; of what is above the officer's clearance it says that there is something."""
    joined = report(officer, tmp_path, 2, "kill-switch", "extra")
    secret = report(officer, tmp_path, 3, "extra", level="SECRET")
    said = officer("incident", "related", officer("incident", "list", "--json").json[0]["reference"])
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].endswith(": opened it")
    assert f"{joined}: shares" in lines
    assert any("domain:kill-switch.example (first in" in line for line in lines)
    assert "no other incident shares anything with it" in lines
    reference = officer("incident", "list", "--json").json[0]["reference"]
    told = officer("incident", "related", reference, "--as", "exercise-planner", "--json").json["reports"]
    assert [one["hidden"] for one in told if one["report"] == secret] == [True]
    assert [one["shared"] for one in told if one["report"] == secret] == [[]]


def test_an_act_without_reports_is_wrong_use(leerp: Commands) -> None:
    """The sentence says where their ids are to be found."""
    for words in (("move", REF, "--to", OTHER), ("split", REF)):
        said = leerp("incident", *words, "--as", "duty-officer")
        assert said.code == 2
        assert "name at least one report" in said.err
