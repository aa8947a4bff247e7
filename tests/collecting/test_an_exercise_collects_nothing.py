"""DESIGN rule 10, on the way in: an exercise reads no source, and nothing that could is even loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

from activities.collecting.ways import way_of
from desk.assembly import open_house
from desk.collector import sources_of
from desk.collector.process import pause, run_collector
from desk.live_supervisor import LiveSupervisor
from desk.supervisor import Supervisor
from leerp.errors import BadInputError, RefusedError
from leerp.notices import Mode
from leerp.settings import Settings
from notifications.configuration import load_sources
from tests.collecting.cast import lay_out

FEED = {"kind": "feed", "url": "https://cert.example/feed", "keywords": [{"name": "r", "any": ["worm"]}]}

OPEN = """
import sys
from pathlib import Path
from desk.collector import sources_of
from activities.collecting import watching, ways
from leerp.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
print(sources_of(settings))
print(sorted({"pymisp", "aioimaplib", "gnupg", "activities.collecting.fetching"} & sys.modules.keys()))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state folder with one source."""
    lay_out(tmp_path / "home", {"feed": FEED})
    return tmp_path / "home"


def test_the_collector_is_started_where_a_source_is_named_and_never_in_an_exercise(home: Path, tmp_path: Path) -> None:
    """Neither without a source."""
    lay_out(tmp_path / "other", {})
    started = {
        (path.name, mode): Supervisor(Settings(home=path, mode=mode), say=print).others
        for path in (home, tmp_path / "other")
        for mode in Mode
    }
    collector = {"collector": ["collect"]}
    assert {key for key, others in started.items() if others == collector} == {("home", Mode.ACTUAL)}
    assert "collector" not in LiveSupervisor.others.fget(object())  # type: ignore[attr-defined]  # a property


def test_nothing_that_could_fetch_is_loaded(home: Path) -> None:
    """Reading the settings loads no client; only the collector itself does, and only for the kinds that are named."""
    command = [sys.executable, "-c", OPEN, str(home)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said[-1] == "[]"


async def test_an_exercise_refuses_to_collect(home: Path) -> None:
    """The process ends, no way is opened, and no source is there."""
    settings = Settings(home=home, mode=Mode.EXERCISE)
    with pytest.raises(RefusedError, match="An exercise reads no sources"):
        await run_collector(settings)
    assert sources_of(settings).sources == {}
    source = load_sources(home / "config" / "sources.yaml").sources["feed"]
    async with open_house(settings) as house:
        with pytest.raises(RefusedError, match="An exercise reads no sources"):
            way_of("feed", source, house.rooms)


def test_a_source_that_fails_is_tried_ever_more_slowly() -> None:
    """Twice as long each time, up to a quarter of an hour or its own interval."""
    assert [pause(60, failures) for failures in (1, 2, 3, 9, 10_000)] == [60, 120, 240, 900, 900]
    assert pause(3_600, 5) == 3_600


def test_no_file_names_no_source(tmp_path: Path) -> None:
    """As in a state folder from before there were sources."""
    assert load_sources(tmp_path / "sources.yaml").sources == {}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ({**FEED, "intervall_seconds": 5}, "Extra inputs"),
        ({**FEED, "url": "https://10.0.0.1/feed"}, "leads to a private address"),
        ({**FEED, "url": "http://cert.example/feed"}, "does not begin with https"),
        ({**FEED, "keywords": []}, "keywords"),
        (
            {"kind": "mailbox", "host": "imap.example", "username": "a", "password_file": "b", "tls": False},
            "in the clear",
        ),
        ({"kind": "misp", "url": "http://127.0.0.1/", "source": "a", "key_file": "b", "tags": ["t"]}, "url"),
        ({"kind": "gopher"}, "kind"),
    ],
)
def test_a_wrong_source_is_refused_with_its_place(tmp_path: Path, source: dict[str, object], sentence: str) -> None:
    """File, key and what is wrong."""
    lay_out(tmp_path, {"one": source})
    with pytest.raises(BadInputError, match=sentence):
        load_sources(tmp_path / "config" / "sources.yaml")
