"""docs/officer.md is true: its commands are run one after another, and say what the page says they say."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desk.cli import perform
from tests.docs.walk import Names, Step, steps
from tests.servers import ROOT, Leerp

PAGE = ROOT / "docs" / "officer.md"
LOOKS = ("incident", "notice")
"""Commands that only look: what they are to see may be a moment away."""
PATIENCE = 30.0


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Leerp]:
    """Leerp as the page starts it, in a folder where the examples are."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    home = tmp_path / ".leerp"
    for name, value in {"HOME": str(home), "ACTOR": "duty-officer", "LOG_LEVEL": "error"}.items():
        monkeypatch.setenv(f"LEERP_{name}", value)
    with Leerp(home) as leerp:
        yield leerp


def in_this_run(step: Step, names: Names) -> list[str]:
    """The words of a command with the names of this run; a meeting lies ahead of today."""
    words = [names.here(word) for word in step.words]
    if "--at" in words:
        words[words.index("--at") + 1] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    return words


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What a command prints, errors after answers."""
    capsys.readouterr()
    perform(words)
    printed = capsys.readouterr()
    return printed.out + printed.err


@pytest.mark.usefixtures("running")
def test_every_command_of_the_page_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    """The walk from the first report to the verified journal, command by command."""
    names = Names()
    walk = steps(PAGE)
    assert len(walk) > 30
    for step in walk:
        words = in_this_run(step, names)
        deadline = time.monotonic() + (PATIENCE if words[0] in LOOKS else 0)
        answer = said(words, capsys)
        while not names.agree(step.printed, answer):
            assert time.monotonic() < deadline, f"{' '.join(words)}\n{answer}\nis not\n{step.printed}"
            time.sleep(0.2)
            answer = said(words, capsys)
