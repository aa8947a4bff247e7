"""`leerp product` and `leerp package`: what an officer reads, and which files are refused before anything is asked."""

from pathlib import Path

import pytest
from pysequoia import Tsk

from tests.desk.commands import Commands
from tests.secret_files import secret_file

REF = "LEERP-2026-0001"
STATEMENT = "statements:\n  - {section: assessment, text: One author., marking: {level: RESTREINT}, grade: %s}\n"
GRADE = "{scale: 4x4, code: B2}"


def test_the_catalogue_is_shown(leerp: Commands) -> None:
    """Every product with its skills, its sections and its deadline; and that it is a project assumption."""
    said = leerp("product", "catalogue")
    assert said.code == 0
    assert "project assumption" in said.out
    assert "cross-match-report" in said.out
    assert leerp("product", "catalogue", "--json").json["products"][0]["deadline_hours"] == 48


def test_an_incident_without_any_says_so(officer: Commands) -> None:
    """In words; and a product that is none is a fault of the command."""
    assert officer("product", "show", REF).out.startswith("no product has been asked for\n")
    assert officer("package", "show", REF).out.startswith("no package has been built\n")
    assert officer("incident", "show", REF, "--json").json["products"] == []
    unknown = officer("product", "show", REF, "PR-1")
    assert (unknown.code, "PR-1 is no product of LEERP-2026-0001" in unknown.err) == (2, True)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("statements: []", "key statements"),
        ("statements:\n  - {section: assessment, text: One author.}", "line 2, key statements.0.marking"),
        ("statements:\n  - {section: contact, text: x, marking: {}}", "contact is no section of an analyst"),
        ("statements:\n  - {section: fact, text: '  ', marking: {}}", "a statement says something"),
        (STATEMENT % "B2", "key statements.0.grade"),
    ],
)
def test_statements_that_cannot_be_meant_are_refused(officer: Commands, tmp_path: Path, text: str, fault: str) -> None:
    """With line and key, before anything is kept or asked; a statement without a marking has none by default."""
    path = tmp_path / "statements.yaml"
    path.write_text(text)
    said = officer("product", "draft", REF, "PR-1", str(path))
    assert said.code == 2
    assert fault in said.err


def test_what_can_be_read_is_sent(officer: Commands, tmp_path: Path) -> None:
    """A whole file goes on to the incident, which no engine runs here: exit code 3, and not a fault of the file."""
    path = tmp_path / "statements.yaml"
    path.write_text(STATEMENT % GRADE)
    assert officer("product", "draft", REF, "PR-1", str(path)).code == 3
    whose = tmp_path / "whose.csv"
    whose.write_text("observable,country\n192.0.2.7,DE\n")
    assert officer("package", "build", REF, "DE", "--assigned", str(whose)).code == 3


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("product", "request", REF, "malware-analysis", "--from", "poc-no", "--due", "tomorrow"), "write a time as"),
        (("product", "request", REF, "malware-analysis", "--from", "poc-no", "--question", "Who?"), "say its --level"),
        (("product", "draft", REF, "PR-1", "--replaces", "N-1", "--corrects", "N-2"), "not both"),
        (("package", "build", REF, "DE", "--assigned", "away.csv"), "away.csv"),
        (("package", "build", REF, "Germany"), "ISO 3166-1"),
    ],
)
def test_wrong_use_is_said(officer: Commands, words: tuple[str, ...], fault: str) -> None:
    """Exit code 2, and what to do instead."""
    said = officer(*words)
    assert said.code == 2
    assert fault in said.err


def test_doctor_says_whether_packages_are_signed(
    leerp: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at all, with a key, or with one that cannot: the last is missing, and exit code 1 anyway says so."""

    def found() -> list[tuple[str, str]]:
        rows = leerp("doctor", "--json").json
        return [(one["state"], one["detail"]) for one in rows if one["check"] == "packages"]

    assert found() == [("ok", "not signed: LEERP_SIGNING_KEY_FILE names no key")]
    monkeypatch.setenv("LEERP_SIGNING_REQUIRED", "true")
    assert [state for state, _ in found()] == ["missing"]
    key = secret_file(tmp_path / "key.asc", str(Tsk.generate("Centre <ecc@ec3.example>")))
    monkeypatch.setenv("LEERP_SIGNING_KEY_FILE", str(key))
    assert found() == [("ok", "signed")]
    key.chmod(0o644)
    ((state, detail),) = found()
    assert (state, "open to others" in detail) == ("missing", True)
    monkeypatch.setenv("LEERP_MODE", "exercise")
    assert found() == []
