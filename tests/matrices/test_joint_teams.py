"""A joint investigation team is suggested for the reasons that the table names."""

from datetime import UTC, datetime, timedelta
from typing import Any

from leerp.plans import Action
from matrices.joint_teams import FoundReason, joint_team_reasons, shipped_reasons

NOON = datetime(2017, 5, 13, 12, tzinfo=UTC)


def action(identifier: str, kind: str, country: str, *, begins: float = 0, **more: Any) -> Action:
    """An action of two hours that begins so many hours after noon."""
    at = NOON + timedelta(hours=begins)
    fields = {"id": identifier, "title": "x", "type": kind, "owner": "u", "country": country}
    return Action.model_validate({**fields, "starts_at": at, "ends_at": at + timedelta(hours=2), **more})


def ids(*actions: Action, met: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """The reasons that hold, with their countries."""
    return {one.id: one.countries for one in joint_team_reasons(actions, met=met)}


def test_one_country_is_no_team() -> None:
    """However much it does."""
    alone = [action(f"a{number}", kind, "DE") for number, kind in enumerate(["arrest", "search", "interception"] * 3)]
    assert ids(*alone) == {}


def test_two_countries_with_cases_of_their_own() -> None:
    """With actions in the plan, or with information that met another's; what is over counts no more."""
    assert ids(action("a", "other", "DE"), action("b", "other", "FR")) == {"own-cases": ("DE", "FR")}
    assert ids(action("a", "other", "DE"), met=("NL",)) == {"own-cases": ("DE", "NL")}
    assert ids(action("a", "other", "DE"), action("b", "other", "FR", state="cancelled")) == {}


def test_requests_again_and_again() -> None:
    """Three requests between two countries, and not two."""
    requests = [action(f"a{number}", "legal_assistance_request", "DE" if number else "FR") for number in range(3)]
    assert "repeated-legal-assistance" not in ids(*requests[:2])
    (found,) = [one for one in joint_team_reasons(requests) if one.id == "repeated-legal-assistance"]
    because = "DE, FR ask each other for legal assistance again and again (3 requests)"
    assert found == FoundReason(id="repeated-legal-assistance", countries=("DE", "FR"), because=because)


def test_a_common_action_day() -> None:
    """Two countries that arrest or search on one day; the day after is another day."""
    assert ids(action("a", "arrest", "DE"), action("b", "search", "FR"))["common-action-day"] == ("DE", "FR")
    assert "common-action-day" not in ids(action("a", "arrest", "DE"), action("b", "search", "FR", begins=24))


def test_evidence_taken_at_the_same_time() -> None:
    """Two live collections whose windows overlap; one after the other is none."""
    live = "covert_monitoring"
    assert ids(action("a", live, "DE"), action("b", "interception", "FR", begins=1))["real-time-evidence"] == (
        "DE",
        "FR",
    )
    assert "real-time-evidence" not in ids(action("a", live, "DE"), action("b", live, "FR", begins=2))


def test_the_table_is_a_project_assumption_and_says_so() -> None:
    """No reason is given out as law."""
    assert shipped_reasons().status.startswith("project assumption")
    assert {one.source for one in shipped_reasons().reasons} == {"project assumption"}
