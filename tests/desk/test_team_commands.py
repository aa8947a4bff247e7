"""`leerp team` without an engine: what is refused before anything is asked of the incident."""

import pytest

from matrices.tables import content_of
from tests.desk.commands import Commands

REFERENCE = "LEERP-2026-0001"


def refusal(leerp: Commands, *words: str) -> str:
    """What a command says that must end with wrong use."""
    said = leerp(*words)
    assert said.code == 2, said
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize("zone", [("--zone", "Europe/Amsterdam"), ("--as", "malware-analyst-4")])
def test_the_repeated_hour_asks_for_an_offset(leerp: Commands, zone: tuple[str, str]) -> None:
    """By the zone that is named, else by that of who acts: malware-analyst-4 lives by the clock of Lisbon."""
    night = {"--zone": "2026-10-25T02:30", "--as": "2026-10-25T01:30"}[zone[0]]
    acts = () if zone[0] == "--as" else ("--as", "duty-officer")
    said = refusal(leerp, "team", "sick", REFERENCE, "log-keeper-1", "--from", night, *zone, *acts)
    place = {"--zone": "Europe/Amsterdam", "--as": "Europe/Lisbon"}[zone[0]]
    assert f"this hour comes twice in {place}, where clocks go back; write it with its offset" in said


def test_a_time_without_offset_and_zone_is_refused(leerp: Commands) -> None:
    """duty-officer has no zone in the directory, so nobody's clock is guessed."""
    said = refusal(leerp, "team", "plan", REFERENCE, "--until", "2026-11-30T07:00", "--as", "duty-officer")
    assert "--until 2026-11-30T07:00: give the offset from UTC" in said


def test_an_incident_or_a_rota_that_is_not_there_is_said(leerp: Commands) -> None:
    """Showing names what is missing."""
    assert "there is no incident" in refusal(leerp, "team", "show", REFERENCE)
    assert "there is no incident" in refusal(leerp, "team", "handover", REFERENCE, "--as", "duty-officer")


def test_overtime_without_consent_is_wrong_use(leerp: Commands) -> None:
    """Nobody works overtime whose consent is not on record."""
    words = ("team", "overtime", REFERENCE, "log-keeper-1", "--hours", "8", "--as", "duty-officer")
    assert "consent" in refusal(leerp, *words)
    assert "how the officer agreed" in refusal(leerp, *words, "--consent", " ")


def test_rest_rules_of_the_centres_own_are_read_at_once_and_strictly(leerp: Commands) -> None:
    """A broken file in config/tables stops every command, with its place; a good one is taken."""
    tables = leerp.home / "config" / "tables"
    tables.mkdir()
    rules = content_of("rest-rules")
    (tables / "rest-rules.yaml").write_bytes(rules.replace(b"  hours: 11", b"  hours: eleven"))
    assert "rest-rules.yaml, line 20, key daily_rest.hours" in refusal(leerp, "team", "show", REFERENCE)
    (tables / "rest-rules.yaml").write_bytes(rules.replace(b"  hours: 11", b"  hours: 12"))
    assert "there is no incident" in refusal(leerp, "team", "show", REFERENCE)
