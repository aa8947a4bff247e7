"""`leerp directory`: what waits for two officers, and entries from other directories."""

import json
from pathlib import Path

import pytest
from pysequoia import Tsk

from activities.contact_pins import usable_directory
from desk.assembly import open_house
from leerp.formats.strict import yaml_of
from leerp.settings import Settings
from leerp.stakeholders import Stakeholder
from tests.desk.commands import Commands
from tests.postgresql import run_apart

FORMER, NEW = "desk@csirt-fr.example", "desk@csirt-fr.attacker.example"


def use_once(leerp: Commands) -> None:
    """Use the directory as the worker does when it starts."""

    async def use() -> None:
        async with open_house(Settings(home=leerp.home)) as house:
            await usable_directory(house.rooms)

    run_apart(use())


def change(leerp: Commands, before: str, after: str) -> None:
    """Edit the directory."""
    path = leerp.home / "config" / "directory.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_a_change_is_shown_and_confirmed_by_two(leerp: Commands) -> None:
    """In check, in doctor, in changes; `confirm` twice by different people, and it is gone from all three."""
    use_once(leerp)
    assert leerp("directory", "changes").out.startswith("no change waits")
    change(leerp, FORMER, NEW)
    said = f"was {FORMER}, which stays in use"
    assert said in leerp("directory", "check").out
    assert said in str(leerp("doctor", "--json").json)
    (found,) = leerp("directory", "changes", "--json").json
    assert (found["stakeholder"], found["former_address"], found["address"]) == ("csirt-fr", FORMER, NEW)
    confirm = ("directory", "confirm", "csirt-fr", "email", "--reason", "called")
    first = leerp(*confirm, "--as", "duty-officer")
    assert first.out == (
        "csirt-fr, email: Confirmed once; a second officer must confirm it before it is used. "
        "(journal entry 3 of the desk)\n"
    )
    assert "duty-officer" in leerp("directory", "changes").out
    again = leerp(*confirm, "--as", "duty-officer")
    assert (again.code, again.err) == (1, "leerp: duty-officer has confirmed this already; a second person must.\n")
    assert leerp(*confirm, "--as", "head-of-operations", "--json").json["approved"] is True
    assert leerp("directory", "changes").out.startswith("no change waits")
    assert said not in leerp("directory", "check").out
    assert "desk.contact.approved" in leerp("incident", "journal", "desk").out


def test_a_stakeholder_that_is_not_there_cannot_be_confirmed(leerp: Commands) -> None:
    """A rule says no, and the exit code is 1."""
    said = leerp("directory", "confirm", "nobody", "email", "--reason", "called", "--as", "duty-officer")
    assert (said.code, said.err) == (1, "leerp: nobody: not in the directory.\n")


def test_a_key_is_read_from_the_folder_beside_the_directory(leerp: Commands) -> None:
    """Pinned by its fingerprint it is found in order; with another one every command says so, and where."""
    key = Tsk.generate("Desk <desk@csirt-fr.example>", validity_seconds=10 * 24 * 3600).extract_certificate()
    folder = leerp.home / "config" / "keys"
    folder.mkdir()
    (folder / "fr.asc").write_text(str(key))
    pinned = (
        f'key: {{kind: openpgp, fingerprint: "{key.fingerprint}", pinned_at: "2026-11-02T09:00:00Z", file: fr.asc}}'
    )
    change(leerp, f"{{channel: email, address: {FORMER}}}", f"{{channel: email, address: {FORMER}, {pinned}}}")
    said = leerp("directory", "check").out
    assert f"csirt-fr: the key for {FORMER} expires on " in said
    change(leerp, key.fingerprint, "0" * 40)
    wrong = leerp("directory", "check")
    assert wrong.code == 2
    assert "fr.asc: holds the key" in wrong.err
    assert "Traceback" not in wrong.err


@pytest.fixture
def teams(tmp_path: Path) -> str:
    """An answer of the FIRST API: one new team, one with another address, one that cannot be used."""
    found = [
        {
            "team": "CERT-NO",
            "team-full": "Team: Norway",
            "country": "NO",
            "email": "desk@cert-no.example",
            "phone": "+47",
        },
        {"team": "CERT-EE", "country": "EE", "email": "new@csirt-ee.example"},
        {"team": "CERT-X", "email": "desk at x"},
    ]
    path = tmp_path / "teams.json"
    path.write_text(json.dumps({"status": "OK", "data": found}))
    return str(path)


def test_an_import_shows_what_differs_and_changes_nothing(leerp: Commands, teams: str) -> None:
    """New entries as YAML, another address, who is gone, what was left out and not taken; the directory stays."""
    before = (leerp.home / "config" / "directory.yaml").read_bytes()
    said = leerp("directory", "import", teams, "--format", "first", "--channel", "email", "--group", "csirt_network")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "2 entries read, 0 as in directory example-1, 1 new, 1 left out"
    changed = "csirt-ee: email desk@csirt-ee.example in the directory, new@csirt-ee.example in the file"
    assert f"changed address: {changed}" in lines
    assert "gone: csirt-fr is in the directory and not in the file" in lines
    assert any(line.startswith("left out: data.2 (CERT-X): its address") for line in lines)
    assert "note: data.0 (Team: Norway): not taken over: phone = +47" in lines
    assert "  - id: cert-no" in lines
    assert (leerp.home / "config" / "directory.yaml").read_bytes() == before


def test_new_entries_are_written_into_a_new_file_only(leerp: Commands, teams: str, tmp_path: Path) -> None:
    """The file holds entries as the directory takes them; a file that is there is never written over."""
    out = tmp_path / "new.yaml"
    words = ("directory", "import", teams, "--format", "first", "--channel", "email", "--group", "csirt_network")
    assert leerp(*words, "--out", str(out), "--json").json["out"] == str(out)
    (entry,) = yaml_of(out.read_bytes(), name="new.yaml")["stakeholders"]
    assert Stakeholder.model_validate(entry).clearance is None
    again = leerp(*words, "--out", str(out))
    assert (again.code, again.err) == (2, f"leerp: {out}: is there already; name a new file\n")


def test_an_import_for_a_channel_that_is_not_there_is_refused(leerp: Commands, teams: str) -> None:
    """Before anything is read."""
    said = leerp("directory", "import", teams, "--format", "first", "--channel", "pigeon")
    assert (said.code, said.err) == (2, "leerp: pigeon: there is no such channel in channels.yaml; name one of those\n")
