"""From directory, tables and what stands already to a problem: who cannot sit where, and how a day is cut."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from leerp.errors import BadInputError
from leerp.hours import Hours
from leerp.marking import Level
from leerp.rota import Absence, Hindrance, Overtime, Pattern, Seat, Shift, Stretch
from leerp.stakeholders import AwayTime, Officer
from matrices.incident_types import assign
from matrices.roster_building import Circumstances, horizon, problem_of
from matrices.roster_problem import Candidate, Problem
from matrices.tables import Tables
from matrices.team_tables import RestRules, load_rest_rules, load_team_roles

TABLES = Tables()
ROLES = load_team_roles(TABLES.content("team-roles"), name="team-roles.yaml")
RULES = load_rest_rules(TABLES.content("rest-rules"), name="rest-rules.yaml")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""A Monday, 07:00 in Amsterdam: a day shift begins."""
DAY = timedelta(days=1)


def analyst(**more: object) -> Officer:
    """Somebody who analyses malware, and is cleared."""
    values: dict[str, object] = {"id": "a", "name": "a", "skills": ["malware-analyst"], "clearance": Level.RESTREINT}
    return Officer.model_validate(values | more)


def problem(*officers: Officer, days: float = 2, **more: Any) -> Problem:
    """A problem for an incident with malware."""
    shifts = RULES.grid(Pattern.THREE_EIGHTS, starts_at=MONDAY, ends_at=MONDAY + days * DAY)
    types = assign(("malicious-code",))
    values: dict[str, Any] = {
        "rules": RULES,
        "needs": ROLES.needs(types),
        "night_needs": ROLES.night_needs(types),
        "officers": officers,
        "level": Level.BPL,
        "anchor": MONDAY,
        "shifts": shifts,
    }
    return problem_of(Circumstances(**(values | more)))


def hindrances(officer: Officer, **more: Any) -> list[str]:
    """What keeps an officer from each shift, `free` where nothing does."""
    found = problem(officer, **more)
    (one,) = found.candidates
    return [one.blocked[shift.id].value if shift.id in one.blocked else "free" for shift in found.shifts]


def test_each_type_of_incident_has_its_roles() -> None:
    """Malware needs a decryption expert by day; fraud needs somebody who follows money; everybody needs a lead."""
    malware = {one.role: one.seats for one in ROLES.needs(assign(("malicious-code:infected-system",)))}
    night = {one.role: one.seats for one in ROLES.night_needs(assign(("malicious-code",)))}
    fraud = {one.role: one.seats for one in ROLES.needs(assign(("fraud:phishing",)))}
    assert (malware["decryption-expert"], night["decryption-expert"]) == (1, 0)
    assert ("decryption-expert" in fraud, fraud["cryptocurrency-analyst"]) == (False, 1)
    assert {1} == {needs["lead"] for needs in (malware, night, fraud)}
    both = ROLES.needs(assign(("malicious-code", "intrusions")))
    assert len({one.role for one in both}) == len(both)


def test_who_is_not_cleared_has_no_seat() -> None:
    """Unknown is not cleared; too low is not; a dated clearance ends within the shift in which it ends."""
    assert set(hindrances(analyst(clearance=None))) == {"clearance_unknown"}
    assert set(hindrances(analyst(clearance=None), level=Level.PUBLIC)) == {"free"}
    assert set(hindrances(analyst(), level=Level.CONFIDENTIEL)) == {"not_cleared"}
    dated = analyst(clearance=Level.SECRET, cleared_until=MONDAY + DAY)
    assert hindrances(dated, level=Level.SECRET) == ["free", "free", *["not_cleared"] * 4]


def test_who_is_away_or_does_not_work_then_has_no_seat() -> None:
    """By the directory, by an absence told today, by the hours of the week; a shift must lie wholly in them."""
    away = analyst(absences=(AwayTime(starts_at=MONDAY + timedelta(hours=8), ends_at=MONDAY + timedelta(hours=9)),))
    assert hindrances(away) == ["absent", "absent", *["free"] * 4]
    told = Absence(officer="a", starts_at=MONDAY + DAY, ends_at=MONDAY + 9 * DAY)
    assert hindrances(analyst(), absences=(told,)) == ["free"] * 2 + ["absent"] * 4
    daily = analyst(working_hours=Hours(zone="Europe/Amsterdam", open=("daily 07:00-15:30",)))
    assert hindrances(daily) == ["free", "outside_hours", "outside_hours"] * 2
    assert set(hindrances(analyst(available=False))) == {"not_available"}


def test_one_person_has_one_shift_and_a_rest_around_it_in_all_incidents() -> None:
    """A seat in another incident, or in a shift that has begun, blocks whatever is too near."""
    other = Stretch(starts_at=MONDAY + timedelta(hours=24), ends_at=MONDAY + timedelta(hours=32, minutes=30))
    engaged = hindrances(analyst(), engaged={"a": [other]})
    assert engaged == ["free", "engaged", "engaged", "engaged", "engaged", "engaged"]
    begun = Shift(id="S-before", starts_at=MONDAY - timedelta(hours=8), ends_at=MONDAY + timedelta(minutes=30))
    seats = (Seat(shift="S-before", role="malware-analyst", officer="a"),)
    assert hindrances(analyst(), kept=(begun,), seats=seats) == ["daily_rest", "daily_rest", *["free"] * 4]


def test_hours_are_limited_by_contract_and_widened_by_consent() -> None:
    """48 hours a week, fewer for part time, more only with overtime and never more than the rules allow."""

    def hours(officer: Officer, **more: Any) -> list[float]:
        (one,) = problem(officer, **more).candidates
        return [limit.minutes / 60 for limit in one.limits if not limit.night]

    agreed = Overtime(officer="a", hours=60, consent="by telephone", recorded_by="duty-officer")
    assert hours(analyst()) == [48]
    assert hours(analyst(weekly_hours=20)) == [20]
    assert hours(analyst(), overtime=(agreed,)) == [60]
    assert hours(analyst(id="b"), overtime=(agreed,)) == [48]


def test_a_language_may_be_asked_for() -> None:
    """Who has the skill and works in none of the languages is known by name, and has no seat."""
    needs = [one.model_copy(update={"languages": ("fr",)}) for one in ROLES.needs(assign(("malicious-code",)))]
    roles: list[Candidate] = list(problem(analyst(languages=("de",)), needs=needs).candidates)
    assert [(one.roles, one.silent) for one in roles] == [((), ("malware-analyst",))]
    assert problem(analyst(languages=("fr",)), needs=needs).candidates[0].roles == ("malware-analyst",)


@pytest.mark.parametrize("pattern", list(Pattern))
@pytest.mark.parametrize(("begins", "hour"), [(datetime(2026, 10, 24), 1), (datetime(2027, 3, 27), -1)])  # noqa: DTZ001
def test_clocks_change_within_one_shift(pattern: Pattern, begins: datetime, hour: int) -> None:
    """In those nights one shift is an hour longer or shorter; all others, and every handover, are as ever."""
    at = begins.replace(hour=12, tzinfo=UTC)
    shifts = RULES.grid(pattern, starts_at=at, ends_at=at + 3 * DAY)
    assert all(second.starts_at == first.ends_at - timedelta(minutes=30) for first, second in pairwise(shifts))
    lengths = [one.minutes / 60 - 0.5 for one in shifts[1:]]
    usual = {Pattern.THREE_EIGHTS: 8, Pattern.TWO_TWELVES: 12}[pattern]
    assert min(lengths, key=lambda one: one == usual) == usual + hour
    assert sum(one != usual for one in lengths) == 1


def test_night_is_by_the_clock_of_whoever_works() -> None:
    """A shift from 22:00 to 06:30 UTC is night work in Amsterdam, and none in Tokyo."""
    night = Stretch(starts_at=MONDAY + timedelta(hours=16), ends_at=MONDAY + timedelta(hours=24, minutes=30))
    assert (RULES.is_night(night), RULES.is_night(night, zone="Asia/Tokyo")) == (True, False)


def test_planning_begins_where_the_shifts_that_stay_end() -> None:
    """A plan for now leaves the shift that runs alone, and its successor takes over from it."""
    kept = RULES.grid(Pattern.THREE_EIGHTS, starts_at=MONDAY, ends_at=MONDAY + timedelta(hours=1))
    at = MONDAY + timedelta(hours=3)
    ahead = horizon(RULES, Pattern.TWO_TWELVES, starts_at=at, ends_at=at + DAY, kept=kept)
    assert ahead[0].starts_at == kept[-1].ends_at - timedelta(minutes=30)
    assert horizon(RULES, Pattern.TWO_TWELVES, starts_at=at, ends_at=at + timedelta(hours=1), kept=kept) == ()


BROKEN = {
    "a role that is not there": ("team-roles", "role: lead, seats", "role: leader, seats", "no role 'leader'"),
    "a type that is none": ("team-roles", "types: [fraud]", "types: [frauds]", "not a type of incident"),
    "an unknown key": ("rest-rules", "handover_minutes", "handover_minute", "handover_minute"),
    "shifts that go backwards": ("rest-rules", '["07:00", "19:00"]', '["19:00", "07:00"]', "in order"),
    "a zone that is none": ("rest-rules", "Europe/Amsterdam", "Europe/Atlantis", "not a time zone"),
    "a time that is no text": ("rest-rules", 'begins: "23:00"', "begins: 23", "in quotes"),
}


@pytest.mark.parametrize(("table", "old", "new", "right"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_table_is_refused_with_its_place(table: str, old: str, new: str, right: str) -> None:
    """File, line and what is wrong."""
    text = TABLES.content(table).decode()
    assert old in text
    read: Any = {"team-roles": load_team_roles, "rest-rules": load_rest_rules}[table]
    with pytest.raises(BadInputError) as refused:
        read(text.replace(old, new, 1).encode(), name="mine.yaml")
    assert refused.value.sentence.startswith("mine.yaml")
    assert right in refused.value.sentence


def test_a_centre_has_rest_rules_of_its_own() -> None:
    """The file in config/tables takes the place of the shipped one."""
    own = TABLES.content("rest-rules").replace(b"hours: 11\n", b"hours: 12\n")
    rules: RestRules = load_rest_rules(Tables(others={"rest-rules": own}).content("rest-rules"), name="rest-rules.yaml")
    assert (rules.daily_rest.hours, RULES.daily_rest.hours) == (12, 11)


def test_everybody_is_looked_at_and_nobody_else() -> None:
    """Who has no skill that is needed is no candidate; who cannot come is one, and blocked."""
    found = problem(analyst(), analyst(id="b", skills=["baking"]), analyst(id="c", available=False))
    assert [one.id for one in found.candidates] == ["a", "c"]
    assert set(found.candidates[1].blocked.values()) == {Hindrance.NOT_AVAILABLE}
