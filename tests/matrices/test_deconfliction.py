"""Deconfliction: which planned actions collide."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from pydantic import ValidationError

from leerp.observables import Observable, ObservableKind
from leerp.plans import Action, ActionType, AlertLevel, Conflict
from leerp.targets import AnyTarget, Target, TargetKind
from matrices.deconfliction import conflicts

NOON = datetime(2017, 5, 13, 12, tzinfo=UTC)
PANEL = Observable(kind=ObservableKind.DOMAIN, value="panel.evil.example")
SERVER = Observable(kind=ObservableKind.IPV4, value="198.51.100.7")


def action(identifier: str, kind: str, *, begins: float = 0, hours: float = 2, **rest: Any) -> Action:
    """An action that begins so many hours after noon; on the panel unless other targets are given."""
    starts = NOON + timedelta(hours=begins)
    facts = {"title": kind, "owner": f"unit-{identifier}", "country": "DE", "targets": (PANEL,), **rest}
    return Action(id=identifier, type=kind, starts_at=starts, ends_at=starts + timedelta(hours=hours), **facts)


def alerts(*actions: Action) -> list[tuple[str, str, AlertLevel]]:
    """The conflicts as short as they can be told."""
    return [(one.first, one.second, one.alert) for one in conflicts(actions)]


@pytest.mark.parametrize("ending", ["seizure", "takedown", "sinkhole"])
@pytest.mark.parametrize("collecting", ["covert_monitoring", "controlled_login"])
def test_taking_a_target_away_from_a_collection_stops_and_calls(ending: str, collecting: str) -> None:
    """A takedown, seizure or sinkhole of what somebody is collecting on makes both owners stop and call."""
    assert alerts(action("a", ending), action("b", collecting, begins=1)) == [("a", "b", AlertLevel.STOP_AND_CALL)]


def test_the_same_target_in_the_same_window_stops_and_calls() -> None:
    """Any two actions on one target in about one window make both owners stop and call."""
    told = conflicts([action("b", "forensic_analysis"), action("a", "disclosure_request", begins=2.9)])
    assert told == (
        Conflict(
            first="a",
            second="b",
            alert=AlertLevel.STOP_AND_CALL,
            because="Two actions on the same target in the same window disturb one another and the evidence on it.",
        ),
    )


@pytest.mark.parametrize("speaking", ["public_statement", "victim_notification"])
@pytest.mark.parametrize("catching", ["arrest", "search"])
def test_speaking_before_an_arrest_stops_and_calls(speaking: str, catching: str) -> None:
    """A statement or a notification that begins before an arrest or search is over warns, whatever it is about."""
    early = action("a", speaking, begins=-48, targets=())
    assert alerts(early, action("b", catching, targets=(SERVER,))) == [("a", "b", AlertLevel.STOP_AND_CALL)]


def test_speaking_after_an_arrest_is_no_conflict() -> None:
    """Once the arrest is over, speaking harms nobody."""
    assert alerts(action("a", "arrest", targets=()), action("b", "public_statement", begins=2, targets=())) == []


def test_other_targets_or_other_windows_do_not_collide() -> None:
    """Without a shared target, or without a shared window, there is no conflict; an hour between them is enough."""
    assert alerts(action("a", "takedown"), action("b", "covert_monitoring", targets=(SERVER,))) == []
    assert alerts(action("a", "takedown"), action("b", "covert_monitoring", begins=3)) == []


def test_windows_that_touch_on_one_infrastructure_do_not_overlap() -> None:
    """Half-open windows: a name under a domain may be watched until the domain is taken."""
    below = Observable(kind=ObservableKind.DOMAIN, value="evil.example")
    assert alerts(action("a", "takedown", targets=(below,)), action("b", "covert_monitoring", begins=2)) == []


def test_an_order_that_is_settled_needs_no_hour_between() -> None:
    """An action that waits for another may follow it at once on the same target; if it begins too early, both hear."""
    watched = action("b", "covert_monitoring")
    assert alerts(action("a", "takedown", begins=2, after=("b",)), watched) == []
    early = action("a", "forensic_analysis", begins=1, targets=(SERVER,), needs=("b",))
    assert alerts(early, watched) == [("a", "b", AlertLevel.COORDINATE)]


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_what_is_over_collides_with_nothing(state: str) -> None:
    """Done, failed and cancelled actions no longer collide."""
    assert alerts(action("a", "takedown", state=state), action("b", "covert_monitoring")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PANEL, Observable(kind=ObservableKind.DOMAIN, value="evil.example")),
        (PANEL, Observable(kind=ObservableKind.URL, value="https://panel.evil.example/login")),
        (SERVER, Observable(kind=ObservableKind.URL, value="http://198.51.100.7:8080/gate")),
    ],
)
def test_what_lies_under_a_target_falls_with_it(one: Observable, other: Observable) -> None:
    """A domain falls with the domain above it, and a URL with its host; in either order."""
    for first, second in permutations((one, other)):
        told = alerts(action("a", "takedown", targets=(first,)), action("b", "covert_monitoring", targets=(second,)))
        assert told == [("a", "b", AlertLevel.STOP_AND_CALL)]


RANGE = Target(kind=TargetKind.IP_RANGE, value="198.51.100.0/24")


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (SERVER, RANGE, AlertLevel.COORDINATE),
        (SERVER, Target(kind=TargetKind.IP_RANGE, value="198.51.100.7/32"), AlertLevel.STOP_AND_CALL),
        (RANGE, Target(kind=TargetKind.IP_RANGE, value="198.51.100.128/25"), AlertLevel.COORDINATE),
        (RANGE, Observable(kind=ObservableKind.URL, value="http://198.51.100.7:8080/gate"), AlertLevel.COORDINATE),
        (SERVER, Target(kind=TargetKind.IP_RANGE, value="198.51.101.0/24"), None),
        (SERVER, Observable(kind=ObservableKind.IPV4, value="198.51.100.8"), None),
        (PANEL, Observable(kind=ObservableKind.DOMAIN, value="evil.example"), AlertLevel.COORDINATE),
        (
            Observable(kind=ObservableKind.WALLET, value="0x52908400098527886E0F7030069857D2E4169EE7"),
            Observable(kind=ObservableKind.WALLET, value="0x52908400098527886e0f7030069857d2e4169ee7"),
            AlertLevel.STOP_AND_CALL,
        ),
        (
            Target(kind=TargetKind.ACCOUNT, value="mail.example:Boss"),
            Target(kind=TargetKind.ACCOUNT, value=" mail.example:boss "),
            AlertLevel.STOP_AND_CALL,
        ),
        (
            Target(kind=TargetKind.REGISTRANT, value="Evil  Holdings"),
            Target(kind=TargetKind.REGISTRANT, value="evil holdings"),
            AlertLevel.INFORM,
        ),
        (
            Target(kind=TargetKind.HANDLE, value="evil holdings"),
            Target(kind=TargetKind.REGISTRANT, value="evil holdings"),
            None,
        ),
    ],
)
def test_targets_meet_by_what_they_are(one: AnyTarget, other: AnyTarget, level: AlertLevel | None) -> None:
    """The same target is the gravest, what holds it or lies in it is infrastructure, the same actor is the mildest."""
    for first, second in permutations((one, other)):
        told = alerts(action("a", "search", targets=(first,)), action("b", "search", targets=(second,)))
        assert told == ([("a", "b", level)] if level else [])


def test_a_range_that_is_no_range_is_refused() -> None:
    """It says how a range is written, and that half the internet is no target."""
    for value, why in (("198.51.100", "not a range of addresses"), ("10.0.0.0/7", "a range wider than /8")):
        with pytest.raises(ValidationError, match=why):
            Target(kind=TargetKind.IP_RANGE, value=value)


def test_neighbours_under_one_domain_do_not_collide() -> None:
    """Two names side by side under one domain are two targets."""
    other = Observable(kind=ObservableKind.DOMAIN, value="mail.evil.example")
    assert alerts(action("a", "takedown"), action("b", "covert_monitoring", targets=(other,))) == []


def test_the_order_of_actions_does_not_matter() -> None:
    """The same plan gives the same conflicts in the same order, however it is listed."""
    plan = [
        action("c", "takedown"),
        action("a", "covert_monitoring"),
        action("b", "arrest"),
        action("d", "public_statement"),
    ]
    told = {conflicts(order) for order in permutations(plan)}
    assert len(told) == 1


def test_an_alert_names_no_target() -> None:
    """What both owners are told shows no target of either."""
    for kind in ActionType:
        for told in conflicts([action("a", kind.value), action("b", "takedown"), action("c", "covert_monitoring")]):
            assert "evil" not in told.because
