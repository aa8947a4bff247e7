"""The diary of a live run: what it says after a director was killed, and that what was begun is not done twice."""

from pathlib import Path
from typing import Any

from desk.assembly import House, open_house, wall_clock
from exercises.casebook import Casebook
from exercises.diary import Diary
from exercises.director import Moment, moments
from exercises.hands import Hands
from exercises.live import LiveDirector
from exercises.live_clock import LiveClock
from exercises.live_run import diary_of, lay_out, scenario_of
from exercises.live_time import LiveTime
from exercises.played import Played
from leerp.journal import JournalKind
from leerp.settings import Settings
from records import journal
from tests.exercises.scenarios import SHORT

PLAYED = Played.model_validate({"number": 1, "sender": "enisa", "at": "2026-03-01T08:05:00Z", "became": "Done."})


def test_a_line_that_is_half_written_says_nothing_and_is_written_anew(tmp_path: Path) -> None:
    """Whoever only reads leaves it; whoever writes cuts it off first."""
    path = tmp_path / "diary.jsonl"
    first = Diary(path, mine=True)
    first.begin("1/enisa", number=1, at=PLAYED.at)
    first.finish("1/enisa", PLAYED)
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole + '{"begun": {"name": "2/en', encoding="utf-8")
    assert Diary(path).played == [PLAYED]
    assert path.read_text(encoding="utf-8") != whole
    second = Diary(path, mine=True)
    assert path.read_text(encoding="utf-8") == whole
    second.begin("2/enisa", number=2, at=PLAYED.at)
    assert Diary(path).numbers == {1, 2}


async def test_a_report_that_was_begun_and_came_in_is_not_sent_again(tmp_path: Path) -> None:
    """Its director was killed before it wrote what became of it; the next one finds it, and leaves no second trace."""
    (tmp_path / "short.yaml").write_text(SHORT, encoding="utf-8")
    home = tmp_path / "exercises" / "short"
    lay_out(home, str(tmp_path / "short.yaml"))
    LiveClock(home, machine=wall_clock).begin(scenario_of(home).start, speed=1)
    async with open_house(Settings(home=home), migrate=True) as house:
        made = [await report_again(director_of(house, home), killed=killed) for killed in (True, False, False)]
        async with house.store.reading() as connection:
            kinds = [one.kind for one in await journal.entries(connection, "EXERCISE-2026-0001")]
    assert [one.became for one in made] == [made[0].became] * 3
    assert [one.as_expected for one in made] == [True] * 3
    assert JournalKind.DETECTION_REPORT_DUPLICATED not in kinds


def director_of(house: House, home: Path) -> LiveDirector:
    """A director that has just been started; it needs no engine to hand in a report."""
    assert house.live is not None
    engine: Any = None
    pace = LiveTime(house.live, engine, house.rooms)
    pace.caught_up = True
    scenario = scenario_of(home)
    hands = Hands(scenario, house.rooms, house.intake, engine, Casebook())
    diary = diary_of(home, mine=True)
    return LiveDirector(scenario, hands, engine, pace, diary=diary, intake_now=lambda: house.intake)


async def report_again(director: LiveDirector, *, killed: bool) -> Played:
    """Play the first inject; a director that is killed does not come to write what became of it."""
    first: Moment = moments(director.scenario, seed=0)[0]
    if killed:
        director.diary.finish = lambda *_, **__: None  # type: ignore[method-assign]
    played = await director._play(first, director.scenario.time(first.at))
    assert director.hands.casebook.incident(1) == "EXERCISE-2026-0001"
    return played
