"""`leerp plan`: what works without an engine, and what is refused before anything is sent."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.desk.commands import Commands, Said
from tests.drill import report_file

REF = "LEERP-2026-0001"
ACTION = """\
id: DE-1
title: Watch the panel
type: covert_monitoring
owner: liaison-de
country: DE
legal_basis: court order 7
case: 7 Js 1/26
starts_at: 2026-11-22T14:00:00+01:00
ends_at: 2026-11-22T18:00:00+01:00
targets:
  - {kind: domain, value: "panel[.]evil.example"}
  - {kind: ip_range, value: 198.51.100.0/24}
  - {kind: registrant, value: Evil Holdings}
"""
SHOWN = {"id", "title", "type", "owner", "country", "starts_at", "ends_at", "sealed"}


@pytest.fixture
def reference(leerp: Commands, tmp_path: Path) -> str:
    """An incident."""
    file = tmp_path / "report.json"
    file.write_bytes(report_file(1))
    said = leerp("report", str(file), "--json")
    return str(said.json[0]["incident"] if isinstance(said.json, list) else said.json["incident"])


@pytest.fixture
def action(tmp_path: Path) -> Path:
    """An action with its targets, as an officer writes it."""
    file = tmp_path / "action.yaml"
    file.write_text(ACTION, encoding="utf-8")
    return file


def given(leerp: Commands, reference: str, out: Path, *more: str) -> Said:
    """Give the key to Germany."""
    return leerp("plan", "key", reference, "--to", "liaison-de", "--out", str(out), "--as", "duty-officer", *more)


def test_a_country_seals_its_targets_offline(leerp: Commands, reference: str, action: Path, tmp_path: Path) -> None:
    """With the key file alone; what comes out holds owner, type and window, and nothing of the targets or the case."""
    key, out = tmp_path / "key.json", tmp_path / "sealed.json"
    assert given(leerp, reference, key).code == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    said = leerp("plan", "seal", str(action), "--key", str(key), "--out", str(out))
    assert said.code == 0
    assert "its targets sealed under K-" in said.out
    sealed: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert sealed.keys() == SHOWN
    text = out.read_text(encoding="utf-8")
    secret = json.loads(key.read_text(encoding="utf-8"))["secret"]
    assert not [word for word in ("evil", "198.51", "Watch", "court", "7 Js", secret) if word in text]
    again = leerp("plan", "seal", str(action), "--key", str(key), "--json").json
    common = set(again["sealed"]["same"]) & set(sealed["sealed"]["same"])
    assert len(common) == 2  # the domain and the range; the filling is another one each time
    assert leerp("plan", "seal", str(out), "--key", str(key)).err.endswith("seal the one with its targets\n")


def test_a_key_is_written_for_one_stakeholder_and_never_shown(leerp: Commands, reference: str, tmp_path: Path) -> None:
    """Not over a file that is there, not without a name, and nothing is left of it when it is refused."""
    key, other = tmp_path / "key.json", tmp_path / "other.json"
    said = given(leerp, reference, key, "--json")
    secret = json.loads(key.read_text(encoding="utf-8"))["secret"]
    assert secret not in said.out + said.err
    assert (again := given(leerp, reference, key)).code == 2
    assert "cannot be written (File exists)" in again.err
    nobody = leerp("plan", "key", reference, "--to", "nobody", "--out", str(other), "--as", "duty-officer")
    assert (nobody.code, other.exists()) == (1, False)
    assert leerp("plan", "key", reference, "--to", "liaison-de", "--as", "duty-officer").code == 2
    before = leerp("plan", "key", reference, "--as", "duty-officer", "--json").json["key"]
    after = leerp("plan", "key", reference, "--rotate", "--as", "duty-officer", "--json").json["key"]
    assert before == json.loads(key.read_text(encoding="utf-8"))["key"] != after
    said = leerp("incident", "journal", reference, "--json")
    assert secret not in said.out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("18:00", "13:00"), "the window of action DE-1 ends before it begins"),
        (("kind: ip_range", "kind: ip_rang"), "not a kind of observable"),
        (("198.51.100.0/24", "1.0.0.0/4"), "a range wider than /8"),
        (("country: DE", "country: DE\nafter: [DE-1]"), "action DE-1 waits for itself"),
        (("14:00:00+01:00", "14:00:00"), "a time needs its offset from UTC"),
        (("owner:", "ovner:"), "line 4, key ovner"),
    ],
)
def test_an_action_that_cannot_be_is_refused_with_its_place(
    leerp: Commands, action: Path, change: tuple[str, str], why: str
) -> None:
    """One sentence with the file and what is wrong; the exit code is 2."""
    action.write_text(ACTION.replace(*change), encoding="utf-8")
    said = leerp("plan", "add", REF, str(action), "--as", "duty-officer")
    assert said.code == 2
    assert str(action) in said.err
    assert why in said.err


def test_a_file_of_actions_is_read_whole_or_refused(leerp: Commands, tmp_path: Path) -> None:
    """An id that stands twice is named."""
    file = tmp_path / "actions.yaml"
    one = "\n".join(f"    {line}" for line in ACTION.splitlines())
    file.write_text(f"actions:\n  -\n{one}\n  -\n{one}\n", encoding="utf-8")
    said = leerp("plan", "add", REF, str(file), "--as", "duty-officer")
    assert (said.code, "action DE-1 stands twice in the file" in said.err) == (2, True)


def test_an_empty_plan_is_shown_as_it_is(leerp: Commands, reference: str) -> None:
    """No version, no alerts; an unknown incident or version is refused."""
    shown = leerp("plan", "show", reference, "--json").json
    assert (shown["version"], shown["alerts"], shown["overdue"], shown["blocked"]) == (0, [], [], {})
    assert leerp("plan", "alerts", reference).out == f"{reference}: no open alerts\n"
    assert leerp("plan", "versions", reference, "--json").json == []
    unknown = leerp("plan", "versions", reference, "--version", "3")
    assert "has no version 3 of its plan; there is none yet" in unknown.err
    assert leerp("plan", "versions", reference, "--compare", "3").code == 2
    for command in ("show", "alerts", "versions"):
        assert leerp("plan", command, "LEERP-1999-0001").code == 2
