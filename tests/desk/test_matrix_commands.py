"""`leerp matrix`, as an expert uses it."""

import json
from pathlib import Path

from desk.cli.matrix import SHIPPED_CASES
from matrices.tables import content_of, names
from tests.desk.commands import Commands

FACTS = {"activity": "effect", "service_impact": "disrupted", "countries": ["ES", "PT"], "victims_min": 25}


def changed(folder: Path, old: str, new: str) -> Path:
    """The table leerp-1 with a change, in a file."""
    text = content_of("leerp-1").decode()
    assert old in text
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_shipped_table_is_listed_and_checked(leerp: Commands) -> None:
    """`list` names the tables with their hashes; `check` without a name searches all of them and finds nothing."""
    assert [one["name"] for one in leerp("matrix", "list", "--json").json] == list(names())
    checked = leerp("matrix", "check", "--json")
    assert checked.code == 0
    assert [(one["table"], one["faults"]) for one in checked.json] == [(name, []) for name in names()]


def test_a_table_with_rows_that_overlap_is_refused(leerp: Commands, tmp_path: Path) -> None:
    """Rows that never count beside others of their level make the file unreadable: exit code 2, with the line."""
    text = content_of("leerp-1").decode()
    assert text.count("level: moderate") == 3
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("level: moderate", "level: significant"), encoding="utf-8")
    said = leerp("matrix", "check", str(path))
    assert said.code == 2
    assert f"{path}, line " in said.err
    assert "never counts" in said.err


def test_a_gap_between_the_levels_is_answered_with_no(leerp: Commands, tmp_path: Path) -> None:
    """A level that nothing comes to is named, and the answer is no."""
    level = "  - id: significant\n    name: Significant\n"
    extra = "  - id: odd\n    name: Odd\n    definition: odd\n    consequence: odd\n"
    said = leerp("matrix", "check", str(changed(tmp_path, level, extra + level)))
    assert said.code == 1
    assert "gap: no combination of facts comes to the level odd" in said.out


def test_explain_shows_the_whole_chain(leerp: Commands, tmp_path: Path) -> None:
    """Level, range, rows, what to ask for, the presumption and what would change it, from a file of facts."""
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(FACTS), encoding="utf-8")
    said = leerp("matrix", "explain", str(path)).out.splitlines()
    assert said[0] == "level severe, between severe and emergency"
    assert said[1] == "recommended: watch"
    assert any(line.startswith("because disruption-across-borders: severe.") for line in said)
    assert "ask for sectors: which sectors are affected" in said
    assert any(line.startswith("presumption of criminal origin raised: No clear indication") for line in said)
    assert "with spread fast: emergency, launch" in said
    scored = leerp("matrix", "explain", str(path), "--table", "nciss", "--json").json
    assert 0 < scored["score"] < 100


def test_diff_shows_what_a_changed_number_changes(leerp: Commands, tmp_path: Path) -> None:
    """The number of combinations, from where to where, and facts that show it; they can be given to explain."""
    path = changed(tmp_path, "victims: {at_least: 1000}", "victims: {at_least: 5000}")
    said = leerp("matrix", "diff", "leerp-1", str(path), "--json").json
    assert said["changed"] > 0
    facts = tmp_path / "example.json"
    facts.write_text(json.dumps(said["changes"][0]["example"]), encoding="utf-8")
    assert leerp("matrix", "explain", str(facts), "--json").json["level"] == said["changes"][0]["before"]
    after = leerp("matrix", "explain", str(facts), "--table", str(path), "--json").json["level"]
    assert after == said["changes"][0]["after"]
    assert "combinations change" in leerp("matrix", "diff", "leerp-1", str(path)).out


def test_backtest_reads_a_casebook_a_csv_file_and_a_folder(leerp: Commands, tmp_path: Path) -> None:
    """The shipped cases by default; files and folders of casebooks and CSV otherwise; nothing there is said."""
    shipped = leerp("matrix", "backtest", "leerp-1", "--json").json
    assert (shipped["cases"], shipped["recall"], shipped["false_trigger_count"]) == (12, 1.0, 0)
    assert shipped == leerp("matrix", "backtest", "leerp-1", SHIPPED_CASES, "--json").json
    cases = tmp_path / "cases"
    cases.mkdir()
    rows = "case,at,activity,countries\na-1,2020-01-01,effect,DE\nb-2,2021-01-01,none,FR\n"
    (cases / "one.csv").write_text(rows, encoding="utf-8")
    assert leerp("matrix", "backtest", "leerp-1", str(cases / "one.csv"), "--json").json["cases"] == 2
    (cases / "two.csv").write_text(rows.replace("a-1", "c-3").replace("b-2", "d-4"), encoding="utf-8")
    assert leerp("matrix", "backtest", "leerp-1", str(cases), "--json").json["cases"] == 4
    nothing = leerp("matrix", "backtest", "leerp-1", str(tmp_path / "home"))
    assert nothing.code == 2
    assert "no casebook" in nothing.err
    (cases / "three.csv").write_bytes(b"case,activity\nz-1,\xff\n")
    broken = leerp("matrix", "backtest", "leerp-1", str(cases))
    assert (broken.code, broken.out) == (2, "")
    assert "not UTF-8" in broken.err


def test_a_centre_has_tables_of_its_own(leerp: Commands) -> None:
    """A table in config/tables is known by its name; a name that is taken, or a broken one, is refused by file."""
    folder = leerp.home / "config" / "tables"
    path = changed(folder, "table: leerp-1", "table: ours")
    assert "ours" in [one["name"] for one in leerp("matrix", "list", "--json").json]
    assert leerp("matrix", "check", "ours").code == 0
    changed(folder, "table: leerp-1", "table: nciss")
    taken = leerp("matrix", "list")
    assert taken.code == 2
    assert f"{path}, key table: there is a table 'nciss' already" in taken.err
    changed(folder, "table: leerp-1", "tabel: ours")
    broken = leerp("incident", "list")
    assert broken.code == 2
    assert f"{path}, line " in broken.err
    assert "did you mean 'table'" in broken.err


def test_a_table_that_is_not_there_is_said(leerp: Commands) -> None:
    """An unknown name says which tables there are; an unknown file says that it cannot be read."""
    unknown = leerp("matrix", "check", "leerp-9")
    assert unknown.code == 2
    assert "the tables are dora-2024-1772" in unknown.err
    assert leerp("matrix", "check", "nowhere.yaml").code == 2
