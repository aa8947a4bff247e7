"""The command line in this process."""

from pathlib import Path

import pytest

from tests.desk.commands import Commands
from tests.drill import report_file


@pytest.fixture
def leerp(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands on a fresh state folder; nothing else of the environment counts."""
    monkeypatch.setenv("LEERP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEERP_LOG_LEVEL", "error")
    return Commands(tmp_path / "home", capsys)


@pytest.fixture
def officer(leerp: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """An officer's command line with an incident; no engine runs."""
    monkeypatch.setenv("LEERP_ACTOR", "duty-officer")
    report = tmp_path / "report.json"
    report.write_bytes(report_file(1))
    assert leerp("report", str(report)).code == 0
    return leerp
