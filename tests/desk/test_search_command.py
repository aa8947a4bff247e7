"""`leerp search`: what a person on the command line is told, and what is refused."""

from pathlib import Path

import pytest
from sqlalchemy import delete

from desk.assembly import open_house
from desk.indexing import fill_index
from leerp.settings import Settings
from records.schema_searching import search_parts, search_terms
from tests.desk.commands import Commands
from tests.drill import report_file
from tests.postgresql import run_apart

REF = "LEERP-2026-0001"


def test_what_is_found_is_shown_with_its_words_and_marking(officer: Commands) -> None:
    """Each with its kind, id and incident; the words between asterisks; how the last word may go on."""
    said = officer("search", "ransom", "scr", "--kind", "report")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == "1 found"
    assert lines[1].startswith("report R-")
    assert lines[1].endswith("[Europol Unclassified - Basic Protection Level | TLP:CLEAR | PAP:CLEAR]")
    assert "  … *Screens* show a *ransom* note; the worm moves by itself. …" in lines
    assert "go on with: screens" in lines


def test_a_defanged_domain_is_found_as_json(officer: Commands) -> None:
    """The observable with those that hold it, and the report."""
    said = officer("search", "kill-switch[.]example", "--json")
    kinds = [one["kind"] for one in said.json["found"]]
    assert (kinds, said.json["total"], said.json["more"]) == (["observable", "report"], 2, False)
    assert said.json["found"][0]["holders"] == 1


def test_pages_are_asked_for_with_what_the_last_one_said(officer: Commands) -> None:
    """The next page goes on; the one of another search is refused."""
    first = officer("search", "kill-switch.example", "--limit", "1", "--json").json
    second = officer("search", "kill-switch.example", "--limit", "1", "--after", first["next"], "--json").json
    assert {one["kind"] for page in (first, second) for one in page["found"]} == {"observable", "report"}
    refused = officer("search", "other", "--after", first["next"])
    assert (refused.code, "not the next page" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "search for what? Give words, an id or an observable"),
        (("x" * 201,), "a search of 201 characters; ask with at most 200"),
        (("worm", "--limit", "101"), "limit: Input should be less than or equal to 100"),
        (("worm", "--rebuild"), "--rebuild puts the index in order and searches nothing; give it without words"),
        (("worm", "--as", "nobody"), "nobody has no role in the directory"),
    ],
)
def test_wrong_use_is_told(officer: Commands, words: tuple[str, ...], said: str) -> None:
    """One sentence, and exit code 2."""
    refused = officer("search", *words)
    assert (refused.code, said in refused.err) == (2, True), refused.err


def test_who_searches_decides_what_is_found(officer: Commands, tmp_path: Path) -> None:
    """A report above the clearance of another officer is not there for that one; a member finds what was sent."""
    secret = tmp_path / "secret.json"
    secret.write_bytes(report_file(2, title="Sandfly did it", marking={"level": "SECRET"}))
    assert officer("report", str(secret)).code == 0
    assert officer("search", "sandfly").code == 0
    directory = officer.home / "config" / "directory.yaml"
    text = directory.read_text(encoding="utf-8")
    head, second, tail = text.partition("  - id: duty-officer-2\n")
    directory.write_text(head + second + tail.replace("clearance: SECRET", "clearance: RESTREINT", 1), "utf-8")
    for person in ("duty-officer-2", "liaison-officer-be"):
        nothing = officer("search", "sandfly", "--as", person)
        assert (nothing.code, nothing.out) == (1, "nothing found\n")


def test_the_index_is_made_anew(officer: Commands) -> None:
    """The incident and its report; and what was found before is found after it."""
    assert officer("search", "--rebuild").out == "2 things put into the index anew\n"
    assert officer("search", "hospitals", "--json").json["total"] == 2


def test_a_process_that_starts_puts_in_what_is_missing(officer: Commands) -> None:
    """As after an upgrade, when the tables are there and empty."""

    async def empty_and_fill() -> None:
        async with open_house(Settings()) as house:
            async with house.store.writing() as tx:
                await tx.execute(delete(search_terms))
                await tx.execute(delete(search_parts))
            await fill_index(house.store)

    run_apart(empty_and_fill())
    assert officer("search", "hospitals", "--json").json["total"] == 2
