"""The command line in this process."""

from pathlib import Path

import pytest

from tests.desk.commands import Commands


@pytest.fixture
def leerp(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands on a fresh state folder; nothing else of the environment counts."""
    monkeypatch.setenv("LEERP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEERP_LOG_LEVEL", "error")
    return Commands(tmp_path / "home", capsys)
