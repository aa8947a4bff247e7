"""Alerts: both owners are told whom to call and nothing else, once; silence escalates; the outcome is on record."""

import json
from pathlib import Path

import pytest

from activities.operation_keys import OperationKeyActs
from leerp.errors import RefusedError
from leerp.incidents import IncidentPatch, Status
from leerp.journal import JournalKind
from leerp.notices import Notice, NoticeKind
from leerp.plan_alerts import Alert
from leerp.plans import Action
from leerp.pointers import OperationKey, seal
from leerp.protocol import Actor
from leerp.stakeholders import Role
from records import incidents, ledger
from records import notices as stored
from tests.activities.planner import PANEL, SERVER, Planner, action, planner
from tests.records.cast import NOON, later, open_one, planned

OFFICER = Actor(id="duty-officer", roles=(Role.OFFICER,))
HIDDEN = ("198.51.100.7", "panel.evil.example", "covert", "monitor", "secret title", "DE-1", "14:00", "T14")
"""What an owner must not read of the other one's action."""


def german(identifier: str = "DE-1", kind: str = "covert_monitoring", **more: object) -> Action:
    """An action of Germany that collides with a French takedown."""
    fields = {"owner": "liaison-de", "country": "DE", "title": "secret title", **more}
    return action(identifier, kind, **fields)  # type: ignore[arg-type]


async def overlap(desk: Planner) -> tuple[Alert, dict[str, Notice]]:
    """Two actions that collide: the alert, and the notice of each owner."""
    await desk.add(action("FR-1", "takedown"))
    changed = await desk.add(german())
    (alert,) = await desk.alerts()
    found = {}
    for told in changed.told:
        notice, readers = await desk.notice(told.notice)
        (found[readers[0]],) = [notice]
        assert len(readers) == 1
    return alert, found


def text(notice: Notice) -> str:
    """All that a notice says."""
    return "\n".join(portion.text for portion in notice.portions)


async def acknowledge(desk: Planner, alert: Alert, *owners: str) -> None:
    """Deliver the notices of an alert, and let these owners confirm."""
    for side in alert.sides:
        name = str(side.notice)
        async with desk.house.store.writing() as tx:
            await ledger.plan(
                tx,
                incident=side.incident,
                notice=name,
                kind=NoticeKind.DECONFLICTION,
                planned=[planned(side.owner)],
                at=NOON,
            )
            if side.owner in owners:
                await ledger.claim(tx, name, [(side.owner, "mail")], NOON)
                await ledger.acknowledge(tx, notice=name, reader=side.owner, at=later(1))


async def test_both_owners_hear_whom_to_call_and_nothing_else(tmp_path: Path) -> None:
    """Each gets a notice of its own, with its own action, the level and the other's contact; released to it alone."""
    async with planner(tmp_path) as desk:
        alert, notices = await overlap(desk)
        assert (alert.level.value, alert.rule) == ("stop_and_call", "ends-a-live-collection")
        assert sorted(notices) == ["liaison-de", "liaison-fr"]
        french, german_one = text(notices["liaison-fr"]), text(notices["liaison-de"])
        assert (
            "Your action FR-1 overlaps with an action of Liaison bureau of Germany, duty officer's desk (DE)." in french
        )
        assert "STOP, and call each other before either goes on." in french
        assert "Contact: email: duty@liaison-de.example; secure: duty@liaison-de.example" in french
        assert (
            "Your action DE-1 overlaps with an action of Liaison bureau of France, duty officer's desk (FR)."
            in german_one
        )
        assert [word for word in HIDDEN if word in french] == []
        assert "FR-1" not in german_one
        for reader, notice in notices.items():
            told = [one for one in notice.portions if one.section.value in ("action", "ask")]
            assert {one.marking.releasable_to for one in told} == {((f"reader:{reader}",),)}
            assert notice.kind is NoticeKind.DECONFLICTION
            assert notice.acknowledge_within_minutes == 15


async def test_colliding_owners_are_told_once_though_the_plan_changes(tmp_path: Path) -> None:
    """Other actions, another title, another state: no second alert. A graver collision is a new one in its place."""
    async with planner(tmp_path) as desk:
        await desk.add(action("FR-1", "search", targets=[{"kind": "registrant", "value": "Evil Holdings"}]))
        actor = [{"kind": "registrant", "value": "evil holdings"}]
        first = await desk.add(german(kind="search", targets=actor))
        assert len(first.told) == 2
        for change in (german(kind="search", targets=actor, title="other"), action("FR-2", begins=90)):
            assert (await desk.add(change)).told == ()
        assert (await desk.move("DE-1", "agreed")).told == ()
        graver = await desk.add(german(kind="search", targets=[*actor, SERVER]))
        assert graver.told == ()
        graver = await desk.add(action("FR-1", "search", targets=[*actor, SERVER]))
        assert len(graver.told) == 2
        found = [(one.level.value, one.closed) for one in await desk.alerts()]
        assert found == [("inform", True), ("stop_and_call", False)]
        (closed,) = await desk.entries(JournalKind.PLAN_ALERT_CLOSED)
        assert closed.data == {"alert": (await desk.alerts())[0].id, "by": (await desk.alerts())[1].id}


@pytest.mark.parametrize("how", ["moved away", "over", "other target"])
async def test_an_alert_is_closed_when_its_collision_is_gone(tmp_path: Path, how: str) -> None:
    """By another window, by the end of an action, by another target; if it comes back, the owners hear anew."""
    async with planner(tmp_path) as desk:
        alert, _ = await overlap(desk)
        if how == "over":
            await desk.move("DE-1", "cancelled")
        else:
            await desk.add(german(begins=50) if how == "moved away" else german(targets=[PANEL]))
        assert [(one.id, one.closed) for one in await desk.alerts()] == [(alert.id, True)]
        assert [line for line in await desk.waits() if "alert" in line] == []
        if how != "over":
            assert len((await desk.add(german())).told) == 2
            again = (await desk.alerts())[-1]
            assert (again.open, again.id != alert.id) == (True, True)


async def test_silence_escalates_and_confirmation_ends_it(tmp_path: Path) -> None:
    """After 15 minutes the officer is to call, after 15 more the approver; who has confirmed is not called."""
    async with planner(tmp_path) as desk:
        alert, _ = await overlap(desk)
        notices = {side.owner: side.notice for side in alert.sides}
        assert await desk.look(later(1)) == later(15)
        await acknowledge(desk, alert, "liaison-fr")
        assert await desk.look(later(15)) == later(30)
        what = f"alert {alert.id} (stop_and_call, DE-1 and FR-1)"
        how = f"(acknowledge {notices['liaison-de']})"
        assert [line for line in await desk.waits() if "alert" in line and "call to" in line] == [
            f"a call to liaison-de: {what} is not confirmed, overdue {how}"
        ]
        assert await desk.look(later(30)) == later(120)  # when the actions begin and nothing is decided
        assert f"a call to liaison-de: {what} is not confirmed, overdue for the approver {how}" in await desk.waits()
        await desk.look(later(31))
        late = [one.data for one in await desk.entries(JournalKind.PLAN_ALERT_UNANSWERED)]
        assert [(one["who"], one["because"], one["for"]) for one in late] == [
            ("liaison-de", "unacknowledged", "officer"),
            ("liaison-de", "unacknowledged", "approver"),
        ]
        await acknowledge(desk, alert, "liaison-de")
        assert [line for line in await desk.waits() if "alert" in line] == [f"an outcome of {what} (plan outcome)"]
        await desk.look(later(120))
        overdue = f"an outcome of {what}, overdue: the first of them has begun (plan outcome)"
        assert [line for line in await desk.waits() if "alert" in line] == [overdue]


async def test_the_outcome_is_on_record_and_ends_the_alert(tmp_path: Path) -> None:
    """It stands in the journal with its reason, nothing is waited for any more, and a second one is refused."""
    async with planner(tmp_path) as desk:
        alert, _ = await overlap(desk)
        done = await desk.decide(alert.id, "joint", key="act/decided")
        assert await desk.decide(alert.id, "joint", key="act/decided") == done
        (entry,) = await desk.entries(JournalKind.PLAN_ALERT_DECIDED)
        assert entry.data == {"alert": alert.id, "outcome": "joint", "reason": "as they agreed"}
        assert [line for line in await desk.waits() if "alert" in line] == []
        assert await desk.look(later(60)) == later(240)
        for name, why in ((alert.id, "is settled: its outcome is joint"), ("AL-none", "is no alert of")):
            with pytest.raises(RefusedError, match=why):
                await desk.decide(name, "proceed")
        assert (await desk.add(action("FR-2", begins=90))).told == ()


async def test_plans_of_two_incidents_collide_and_each_stays_its_own(tmp_path: Path) -> None:
    """The alert stands in both journals; each owner gets a notice of its own incident; neither plan names the other."""
    async with planner(tmp_path) as desk:
        await desk.add(action("FR-1", "takedown"))
        other = Planner(desk.house, await open_one(desk.house.store))
        changed = await other.add(german())
        assert sorted(told.incident for told in changed.told) == [desk.reference, other.reference]
        assert [one.id for one in await desk.alerts()] == [one.id for one in await other.alerts()]
        for told in changed.told:
            notice, (reader,) = await desk.notice(told.notice)
            own, foreign = (desk, other) if reader == "liaison-fr" else (other, desk)
            assert (notice.incident, told.incident) == (own.reference, own.reference)
            assert foreign.reference not in text(notice)
        assert ((await desk.plan()).conflicts, (await other.plan()).conflicts) == ((), ())
        (alert,) = await desk.alerts()
        await other.decide(alert.id, "delay")
        assert [one.outcome for one in await desk.alerts()] == [one.outcome for one in await other.alerts()]


async def test_an_incident_that_has_ended_collides_no_more(tmp_path: Path) -> None:
    """Its plan is compared with no other, and the alert of the one that goes on is closed at the next look."""
    async with planner(tmp_path) as desk:
        await desk.add(action("FR-1", "takedown"))
        other = Planner(desk.house, await open_one(desk.house.store))
        await other.add(german())
        async with desk.house.store.writing() as tx:
            await incidents.patch(tx, other.reference, IncidentPatch(status=Status.CLOSED))
        await desk.look(later(1))
        assert [one.closed for one in await desk.alerts()] == [True]
        assert (await desk.add(action("FR-2", "takedown"))).told == ()


async def test_an_owner_is_not_told_to_call_itself(tmp_path: Path) -> None:
    """Two actions of one owner collide: the officer sees it and decides, and no notice is made."""
    async with planner(tmp_path) as desk:
        changed = await desk.add(action("FR-1", "takedown"), action("FR-2", "covert_monitoring"))
        assert (changed.conflicts, changed.told) == (1, ())
        async with desk.house.store.reading() as c:
            assert await stored.of_incident(c, desk.reference) == []
        (alert,) = await desk.alerts()
        what = f"alert {alert.id} (stop_and_call, FR-1 and FR-2)"
        assert [line for line in await desk.waits() if "alert" in line] == [f"an outcome of {what} (plan outcome)"]


async def key_of(desk: Planner, *, rotate: bool = False) -> OperationKey:
    """The key of the operation."""
    return await OperationKeyActs(desk.house.rooms).make(desk.reference, actor=OFFICER, rotate=rotate)


def hidden(one: Action, key: OperationKey) -> Action:
    """The action with its targets sealed."""
    sealed = seal(one.targets, key=key, nonce=b"n" * 31 + bytes([len(one.id)]))
    return one.model_copy(update={"targets": (), "title": "sealed", "sealed": sealed})


async def test_sealed_targets_meet_open_and_sealed_ones(tmp_path: Path) -> None:
    """Both owners hear of an overlap; neither the journal nor a notice holds a token, a target or the secret."""
    async with planner(tmp_path) as desk:
        key = await key_of(desk)
        open_range = [{"kind": "ip_range", "value": "198.51.100.0/24"}]
        await desk.add(action("FR-1", "search", targets=open_range))
        changed = await desk.add(hidden(german(kind="search"), key))
        assert len(changed.told) == 2
        sealed_too = hidden(action("NO-1", "search", owner="poc-no", country="NO"), key)
        assert len((await desk.add(sealed_too)).told) == 3  # Norway of both others, each of them of Norway
        levels = sorted((one.first.action, one.second.action, one.level.value) for one in await desk.alerts())
        assert levels == [
            ("DE-1", "FR-1", "coordinate"),
            ("DE-1", "NO-1", "stop_and_call"),
            ("FR-1", "NO-1", "coordinate"),
        ]
        said = json.dumps([entry.data for entry in await desk.entries(*JournalKind)])
        tokens = [*sealed_too.sealed.same, *sealed_too.sealed.above] if sealed_too.sealed else []
        for told in changed.told:
            said += text((await desk.notice(told.notice))[0])
        assert not [token for token in (*tokens, key.secret, "198.51.100") if token in said]


async def test_a_key_is_replaced_and_what_was_sealed_is_sealed_anew(tmp_path: Path) -> None:
    """A seal under the former key is refused from then on, and the officer is told who has to seal again."""
    async with planner(tmp_path) as desk:
        old = await key_of(desk)
        assert await key_of(desk) == old
        await desk.add(hidden(german(), old))
        new = await key_of(desk, rotate=True)
        assert new.secret != old.secret
        line = f"action DE-1 of liaison-de to be sealed anew under {new.key} (plan seal)"
        assert line in await desk.waits()
        with pytest.raises(RefusedError, match=f"sealed under {old.key}, and the key is {new.key} now; seal it anew"):
            await desk.add(hidden(action("FR-1"), old))
        await desk.add(hidden(german(), new))
        assert line not in await desk.waits()
        made = await desk.entries(JournalKind.PLAN_KEY_MADE)
        assert [one.data["replaces"] for one in made] == [None, old.key]


async def test_a_key_is_given_on_record_and_only_by_officers(tmp_path: Path) -> None:
    """The journal says to whom, and never the secret; an analyst may not, and nobody unknown gets it."""
    async with planner(tmp_path) as desk:
        acts = OperationKeyActs(desk.house.rooms)
        key = await acts.give(desk.reference, to="liaison-de", actor=OFFICER, reason="joint action")
        (given,) = await desk.entries(JournalKind.PLAN_KEY_GIVEN)
        assert given.data == {"key": key.key, "to": "liaison-de", "reason": "joint action"}
        analyst = Actor(id="malware-analyst-1", roles=(Role.ANALYST,))
        with pytest.raises(RefusedError, match="takes the role officer or approver"):
            await acts.make(desk.reference, actor=analyst)
        with pytest.raises(RefusedError, match="nobody is not in the directory; the key was given to nobody"):
            await acts.give(desk.reference, to="nobody", actor=OFFICER)
