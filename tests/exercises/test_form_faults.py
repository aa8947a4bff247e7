"""The whole form, read: what is wrong in it is refused with line, key and reason."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.cli.schema import schema
from exercises.conditions import After, Condition, holds
from exercises.injects import ActInject, ContingencyInject, ReportInject, plain, senders
from exercises.journal_fields import fields_of
from exercises.library import load, read_scenario
from exercises.scenario import Scenario
from exercises.setting import setting
from leerp.errors import BadInputError
from leerp.journal import GENESIS, JournalEntry, JournalKind, seal
from leerp.model import Model
from tests.exercises.all_deeds import DEEDS
from tests.exercises.scenarios import scenario
from tests.exercises.whole_form import WHOLE

CENTRE = setting(None)
LAUNCHED = "when: {kind: triage.decision.made, where: {choice: launch}}"
POST = "unless: {kind: coordination.post.opened, after: {inject: 6}}"

FAULTS = {
    "an officer who is none": ("who: head-of-operations,", "who: head-of-nothing,", "no officer head-of-nothing"),
    "a stakeholder who confirms proposals": ("who: head-of-operations,", "who: interpol,", "no officer interpol"),
    "an officer who confirms nothing": (
        "who: csirt-fr, answers",
        "who: duty-officer, answers",
        "no stakeholder duty-o",
    ),
    "a reader who is none": ("who: csirt-lu,", "who: csirt-xx,", "no stakeholder csirt-xx"),
    "one who stands twice": ("who: csirt-fr, answers: never", "who: enisa, answers: never", "enisa stands twice"),
    "an answer without a time": (
        'answers: after, after: "+00:12"',
        "answers: after",
        "after how long csirt-lu answers",
    ),
    "a time without an answer": ("answers: never", 'answers: never, after: "+00:01"', "leave out after"),
    "an answer that is none": ("answers: never", "answers: perhaps", "'after', 'never' or 'wrongly'"),
    "a branch that says nothing": (f"    {LAUNCHED}\n", "", "either when it is taken or unless"),
    "a branch of that name twice": ("- id: no-launch", "- id: launched", "launched stands twice"),
    "a branch that is none": ("branch: no-launch,", "branch: nolaunch,", "there is no branch nolaunch"),
    "a branch of an inject that is none": ('17, at: "+05:00"', '17, branch: x, at: "+05:00"', "there is no branch x"),
    "two conditions": (
        "when: {kind: coordination.team",
        "unless: {kind: triage.watch.elapsed}, when: {kind: coordination.team",
        "when or unless, not both",
    ),
    "a condition on a kind that is none": (
        "coordination.post.opened",
        "coordination.pub.opened",
        "there is coordination.post.opened",
    ),
    "a condition on a field that is none": (
        "kind: coordination.post.opened",
        "kind: coordination.post.opened, where: {size: 3}",
        "have no field size",
    ),
    "a condition about a reader of what has none": (
        "kind: coordination.post.opened",
        "kind: coordination.post.opened, reader: enisa",
        "are about no reader",
    ),
    "a condition about a reader who is none": ("reader: csirt-fr}", "reader: csirt-xx}", "no stakeholder csirt-xx"),
    "a condition on somebody who is none": (
        "kind: coordination.post.opened",
        "kind: coordination.post.opened, actor: me",
        "no officer or stakeholder me",
    ),
    "a condition that counts from a later inject": (
        "opened, after: {inject: 6}",
        "opened, after: {inject: 11}",
        "inject 11 does not come before inject 10",
    ),
    "a condition that counts from no inject": (
        "opened, after: {inject: 6}",
        "opened, after: {inject: 999}",
        "inject 999 does not come before inject 10",
    ),
    "a contingency without a condition": (f"    {POST}\n", "", "a contingency needs unless"),
    "a contingency of a contingency": ("does: {kind: message", "does: {kind: contingency", "'contingency'"),
    "a contingency that waits for what always happens": (
        POST,
        "unless: {kind: detection.incident.opened}",
        "inject 10 can never be played",
    ),
    "one that waits for what an officer always does": (
        POST,
        "unless: {kind: triage.facts.assessed}",
        "always happens with inject 3",
    ),
    "a contingency that its branch excludes": (
        f"kind: contingency\n    {POST}",
        "kind: contingency\n    branch: launched\n    unless: {kind: triage.decision.made}",
        "branch launched is taken only when that has happened",
    ),
    "a branch that can never be taken": (
        "unless: {kind: triage.decision.made, where: {choice: launch}}",
        "unless: {kind: detection.report.received}",
        "branch no-launch can never be taken",
    ),
    "a number and a time inside a contingency": ("does: {kind: message,", "does: {number: 3, kind: message,", "Extra"),
    "a reader who is none inside a contingency": (
        "      kind: report\n      from: csirt-fr",
        "      kind: report\n      from: x",
        "no stakeholder x",
    ),
    "a channel that is none": ("channel: email", "channel: pigeons", "there is no channel pigeons; there are email"),
    "a channel away without a channel": (", channel: email", "", "a channel belongs to channel_down"),
    "a fault that is none": ("what: channel_down", "what: flood", "'channel_down', 'worker_killed' or"),
    "an officer ill who is none": ("officer: duty-officer, lasts", "officer: me, lasts", "no officer me"),
    "a fault before the start": ('lasts: "+01:00",', 'lasts: "-01:00",', "lies before the start"),
    "a decision by nobody": ("kind: decision, from: duty-officer", "kind: decision, from: []", "at least 1 item"),
    "a decision by a stakeholder": (
        "kind: decision, from: duty-officer",
        "kind: decision, from: enisa",
        "officer enisa",
    ),
    "a fact that is none": ("facts: {victims_min: 3}", "facts: {hospitals: 3}", "Extra inputs"),
    "a number twice": ("{number: 7,", "{number: 6,", "numbers must ascend"),
    "an inject before the start": ('{number: 2, at: "+00:06"', '{number: 2, at: "-00:06"', "before the start"),
    "an inject after the end": ('{number: 17, at: "+05:00"', '{number: 17, at: "+08:01"', "after the end"),
    "a time to answer that is none": ("max_minutes: 15", "max_minutes: 0", "greater than or equal to 1"),
    "an expectation on a field that is none": ("where: {act: acknowledge}", "where: {deed: x}", "have no field deed"),
    "an expectation on somebody who is none": (
        "kind: desk.act.refused, where",
        "kind: desk.act.refused, actor: me, where",
        "officer or stakeholder me",
    ),
    "something seen and not seen": ("could_see: worm.example", "could_see: a, never_sees: b", "either what the reader"),
    "a sight of somebody who is none": ("reader: enisa, could_see", "reader: x, could_see", "no stakeholder x"),
    "an unknown column of an objective": ("owner: head", "owned_by: head", "Extra inputs"),
    "anchors that grow": ('version: "1"', "version: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]", "aliases"),
}
"""Name: a passage, what stands there instead, and words of the refusal."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_whole_form_is_refused_with_its_line(fault: str) -> None:
    """One sentence with the file, the line of what was changed or of the entry around it, and the reason."""
    before, after, reason = FAULTS[fault]
    assert before in WHOLE
    text = WHOLE.replace(before, after, 1)
    with pytest.raises(BadInputError) as refused:
        read(text)
    found = re.match(r"s\.yaml, line (\d+)[,:]", refused.value.sentence)
    assert found, refused.value.sentence
    assert reason in refused.value.sentence
    place = WHOLE[: WHOLE.index(before)].count("\n") + 1
    assert place - 3 <= int(found[1]) <= place + 2


def test_a_branch_in_which_nothing_stands_is_refused() -> None:
    """It would never be noticed that its name is another one everywhere else."""
    with pytest.raises(BadInputError, match=r"^s\.yaml, line 21, key branches\.1: .* no inject stands in it$"):
        read(WHOLE.replace("branch: no-launch,", "branch: launched,"))


def read(text: str) -> Scenario:
    """A scenario as it is read to be played."""
    channels = CENTRE.channels.channels
    return read_scenario(text.encode(), name="s.yaml", directory=CENTRE.directory, channels=channels)


def test_a_file_is_checked_against_the_channels_too(tmp_path: Path) -> None:
    """As the commands read it."""
    path = tmp_path / "whole.yaml"
    path.write_text(WHOLE.replace("channel: email", "channel: pigeons"), encoding="utf-8")
    with pytest.raises(BadInputError, match="there is no channel pigeons"):
        load(str(path), directory=CENTRE.directory, channels=CENTRE.channels.channels)


REFERENCES = {
    "a room that was not opened": ("{act: room_archive, room: 6}", "{act: room_archive, room: 5}", "no opened room"),
    "a room of later": (
        "{act: room_invite, room: 6,",
        "{act: room_invite, room: 9,",
        "no opened room that comes before",
    ),
    "a call that was none": (
        "{act: meeting_cancel, call: 13}",
        "{act: meeting_cancel, call: 12}",
        "no call to a meeting",
    ),
    "a proposal that was none": ("{act: plan_accept, proposal: 15}", "{act: plan_accept, proposal: 14}", "no proposal"),
    "a product that was none": (
        "{act: product_withdraw, product: 23}",
        "{act: product_withdraw, product: 1}",
        "request",
    ),
    "an item that is none": ("items: [3]", "items: [4]", "no report or contribution"),
    "a guest who is none": ("invite: [enisa]}", "invite: [nobody]}", "no stakeholder nobody"),
    "an officer who is none": ("assigned_to: malware-analyst-2", "assigned_to: enisa", "no officer enisa"),
    "an owner who is none": ("owner: liaison-fr, country: FR", "owner: x, country: FR", "no stakeholder x"),
    "a room that is nowhere": ('link: "https://rooms.example/1", ', "", "either a service or a link"),
}


@pytest.mark.parametrize("fault", REFERENCES)
def test_a_deed_names_what_is_there(fault: str) -> None:
    """What an earlier inject made, and people of the directory."""
    before, after, reason = REFERENCES[fault]
    assert before in DEEDS
    with pytest.raises(BadInputError, match=rf"^s\.yaml, line \d+, key .*{re.escape(reason)}"):
        read(DEEDS.replace(before, after, 1))


def test_the_whole_form_is_read() -> None:
    """Everything in it stands where it was written; a contingency holds an inject of its own number and time."""
    scenario = read(WHOLE)
    assert [one.who for one in scenario.cast][:2] == ["head-of-operations", "csirt-lu"]
    assert (scenario.objectives[0].owner, scenario.objectives[0].recommendation) == (
        "head of operations",
        "Launch earlier.",
    )
    first = scenario.injects[0]
    assert (first.max_minutes, first.controller) == (15, "white cell")
    inject = scenario.inject(11)
    assert isinstance(inject, ContingencyInject)
    report = plain(inject)
    assert isinstance(report, ReportInject)
    assert (report.number, report.at, senders(inject)) == (11, timedelta(minutes=50), ("csirt-fr",))
    assert inject.description == report.description == "France has something to say after all."


@pytest.mark.parametrize("text", [WHOLE, DEEDS], ids=["whole", "deeds"])
def test_a_scenario_survives_being_written_and_read(text: str) -> None:
    """As JSON, with and without what it does not say."""
    scenario = read(text)
    for unset in (False, True):
        written = json.dumps(scenario.model_dump(mode="json", by_alias=True, exclude_unset=unset))
        assert scenario == Scenario.model_validate_json(written)


def test_the_schema_shows_the_whole_form() -> None:
    """Every model that a scenario is made of, every act and every column."""
    told = json.dumps(schema("scenario").data)
    acts = {str(deed["act"]["const"]) for deed in _acts(json.loads(told))}
    assert len(acts) == 36
    for word in ("cast", "branches", "contingency", "officer_ill", "could_see", "never_sees", "max_minutes", "unless"):
        assert f'"{word}"' in told


def _acts(schema: dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]) -> list[dict[str, dict[str, str]]]:
    deeds = (one.get("properties", {}) for name, one in schema["$defs"].items() if name.endswith("Deed"))
    return [one for one in deeds if "act" in one]


def test_without_a_directory_nobody_is_looked_up() -> None:
    """Nor are channels without any."""
    text = WHOLE.replace("who: csirt-lu,", "who: csirt-xx,").replace("channel: email", "channel: pigeons")
    assert scenario(text).cast[1].who == "csirt-xx"


def test_every_kind_of_entry_has_its_fields() -> None:
    """Nobody is told that a kind has no field because it was forgotten."""
    for kind in JournalKind:
        assert isinstance(fields_of(kind), frozenset)


START = scenario().start


def entry(minute: int, kind: JournalKind, **data: str) -> JournalEntry:
    """An entry so many minutes after the start of the scenario."""
    at = START + timedelta(minutes=minute)
    return seal(seq=minute + 1, incident="X", at=at, actor="duty-officer", kind=kind, data={**data}, prev=GENESIS)


MADE, OPENED = JournalKind.TRIAGE_DECISION_MADE, JournalKind.COORDINATION_POST_OPENED


def test_a_condition_is_asked_of_the_journal() -> None:
    """Kind, data, actor and from when; what counts from something that has not happened does not hold."""
    entries = [entry(5, MADE, choice="watch"), entry(9, MADE, choice="launch"), entry(10, OPENED)]
    times = {3: START + timedelta(minutes=6)}
    assert holds(Condition(kind=MADE, where={"choice": "launch"}), entries, times)
    assert not holds(Condition(kind=MADE, where={"choice": "normal"}), entries, times)
    assert not holds(Condition(kind=MADE, actor="head-of-operations"), entries, times)
    assert not holds(Condition(kind=MADE, where={"choice": "watch"}, after=After(inject=3)), entries, times)
    assert holds(Condition(kind=OPENED, after=After(kind=MADE, where={"choice": "launch"})), entries, times)
    assert not holds(Condition(kind=OPENED, after=After(inject=4)), entries, times)
    assert not holds(Condition(kind=MADE, after=After(kind=JournalKind.TRIAGE_WATCH_ELAPSED)), entries, times)


@settings(deadline=None)
@given(st.lists(st.sampled_from([MADE, OPENED]), max_size=8), st.integers(0, 8), st.booleans())
def test_what_holds_goes_on_holding(kinds: list[JournalKind], cut: int, counted: bool) -> None:
    """A journal only grows: a condition that holds at one time holds at every later one."""
    entries = [entry(minute, kind) for minute, kind in enumerate(kinds)]
    condition = Condition(kind=OPENED, after=After(kind=MADE) if counted else None)
    if holds(condition, entries[:cut], {}):
        assert holds(condition, entries, {})


def test_every_deed_is_a_model_that_refuses_strangers() -> None:
    """No key is passed over."""
    deeds = [one.does for one in read(DEEDS).injects if isinstance(one, ActInject)]
    assert len(deeds) > 30
    for deed in deeds:
        assert isinstance(deed, Model)
        with pytest.raises(ValueError, match="Extra inputs"):
            type(deed).model_validate({**deed.model_dump(), "stranger": 1})
