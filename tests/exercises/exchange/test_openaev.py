"""OpenAEV: an export of theirs leaf by leaf, and an export of ours that comes back."""

import json
from typing import Any

import pytest

from exercises.exchange.conversion import write_scenario_as
from exercises.exchange.formats import Format
from exercises.exchange.html_texts import from_html, to_html
from exercises.exchange.remarks import Verdict
from exercises.injects import MessageInject
from leerp.errors import BadInputError
from tests.exercises.exchange.exchanging import START, imported, places
from tests.exercises.exchange.test_cexf import lost
from tests.exercises.exchange.workbooks import with_part
from tests.exercises.scenarios import scenario

CONSUMED = {
    "/scenario_injects/0/inject_all_teams",
    "/scenario_injects/0/inject_content/body",
    "/scenario_injects/0/inject_content/expectations/0/expectation_expiration_time",
    "/scenario_injects/0/inject_content/expectations/0/expectation_type",
    "/scenario_injects/0/inject_depends_duration",
    "/scenario_injects/0/inject_enabled",
    "/scenario_injects/0/inject_id",
    "/scenario_injects/0/inject_injector_contract/injector_contract_id",
    "/scenario_injects/0/inject_teams/0",
    "/scenario_objectives/0/objective_id",
    "/scenario_teams/0/team_id",
    "/scenario_teams/0/team_name",
}
"""What is carried as something else: a time, minutes, a text without its tags, a mapped name, a link between parts."""


def inject(**changed: object) -> dict[str, Any]:
    """An inject of theirs: a mail to a team."""
    whole: dict[str, Any] = {
        "inject_id": "i1",
        "inject_title": "A mail",
        "inject_description": "The ministry writes",
        "inject_country": "LU",
        "inject_city": None,
        "inject_enabled": True,
        "inject_injector_contract": {"injector_contract_id": "138ad8f8-32f8-4a22-8114-aaa12322bd09"},
        "inject_content": {
            "subject": "Question",
            "body": "<p>What is <b>going on</b>?</p><p>Answer&nbsp;soon</p><script>run()</script>",
            "encrypted": False,
            "expectations": [
                {
                    "expectation_type": "MANUAL",
                    "expectation_name": "An answer",
                    "expectation_description": "within the hour",
                    "expectation_score": 80,
                    "expectation_expiration_time": 3600,
                },
                {"expectation_type": "DETECTION", "expectation_name": "Seen by the tool"},
            ],
        },
        "inject_all_teams": False,
        "inject_depends_on": [{"dependency_relationship": {"inject_parent_id": "i0", "inject_children_id": "i1"}}],
        "inject_depends_duration": 5_400,
        "inject_teams": ["t1"],
        "inject_tags": [],
    }
    return whole | changed


def export(*injects: dict[str, Any]) -> bytes:
    """An export of theirs."""
    return json.dumps(
        {
            "export_version": 1,
            "scenario_information": {
                "scenario_name": "Storm",
                "scenario_description": "A storm",
                "scenario_severity": "high",
            },
            "scenario_teams": [{"team_id": "t1", "team_name": "Ministry desk", "team_users": ["u1"]}],
            "scenario_users": [{"user_id": "u1", "user_email": "someone@ministry.example"}],
            "scenario_objectives": [{"objective_id": "o1", "objective_title": "In time", "objective_priority": 1}],
            "scenario_injects": list(injects),
        }
    ).encode()


def test_an_export_of_theirs_is_read_and_every_leaf_is_carried_or_listed() -> None:
    """Time, team, subject, text without its tags, what people are expected to do and by when."""
    content = export(inject())
    done = imported(content, mapping=f"{START}people: {{ministry desk: duty desk}}\n")
    assert done.scenario is not None
    (only,) = done.scenario.injects
    assert isinstance(only, MessageInject)
    assert (done.scenario.title, done.scenario.summary, done.scenario.objectives[0].text) == (
        "Storm",
        "A storm",
        "In time",
    )
    assert (only.at.total_seconds(), only.to, only.description) == (5_400, "duty desk", "The ministry writes")
    assert (only.says.subject, only.says.text) == ("Question", "What is going on?\nAnswer\xa0soon")
    assert (only.expected, only.max_minutes) == ("An answer\nwithin the hour", 60)
    assert set(lost(content, done)) == CONSUMED
    listed = places(done, Verdict.NOT_CARRIED)
    assert "/scenario_injects/0/inject_content/expectations/1" in listed
    assert listed["/scenario_injects/0/inject_title"] == "the inject has a subject and a description, and no third name"
    assert "condition" in listed["/scenario_injects/0/inject_depends_on"]


def test_a_switched_off_inject_is_taken_in_and_this_is_listed() -> None:
    """A scenario has no such switch, so a planner decides."""
    done = imported(export(inject(inject_enabled=False)), mapping=START)
    assert places(done, Verdict.NOT_CARRIED)["/scenario_injects/0/inject_enabled"] == "a scenario plays all its injects"


@pytest.mark.parametrize("seconds", [None, "soon", -5, True])
def test_an_inject_without_a_time_is_refused(seconds: object) -> None:
    """By its place; the others stay."""
    done = imported(export(inject(inject_depends_duration=seconds), inject()), mapping=START)
    assert "/scenario_injects/0/inject_depends_duration" in places(done, Verdict.REFUSED)
    assert done.injects == 1


def test_what_ours_writes_comes_back_as_json_and_as_the_platforms_archive() -> None:
    """The archive has one entry, which the platform knows by its comment."""
    for into in ("x.json", "x.zip"):
        done = imported(write_scenario_as(scenario(), Format.OPENAEV, into=into).content)
        assert done.scenario == scenario()
        assert done.form is Format.OPENAEV


def test_what_was_changed_on_the_platform_is_what_counts() -> None:
    """Its own keys go before what rides along."""
    whole = json.loads(write_scenario_as(scenario(), Format.OPENAEV, into="x.json").content)
    whole["scenario_injects"][0]["inject_description"] = "Another description"
    whole["scenario_injects"][0]["inject_depends_duration"] = 60
    done = imported(json.dumps(whole).encode())
    assert done.scenario is not None
    first = done.scenario.injects[0]
    assert (first.description, first.at.total_seconds(), first.kind) == ("Another description", 60, "report")


def test_what_rides_along_and_was_broken_becomes_a_message() -> None:
    """The inject stays, as a message, and the place is said."""
    whole = json.loads(write_scenario_as(scenario(), Format.OPENAEV, into="x.json").content)
    whole["scenario_injects"][0]["leerp"]["rest"] = {"says": 5}
    done = imported(json.dumps(whole).encode())
    assert "/scenario_injects/0/leerp" in places(done, Verdict.REFUSED)


def test_files_in_an_archive_are_listed() -> None:
    """Attachments are no part of a scenario."""
    archive = write_scenario_as(scenario(), Format.OPENAEV, into="x.zip").content
    done = imported(with_part(archive, "picture.png", b"x"))
    assert "list.x/picture.png" in places(done, Verdict.NOT_CARRIED)


def test_an_archive_with_several_scenarios_is_refused() -> None:
    """A person says which."""
    archive = write_scenario_as(scenario(), Format.OPENAEV, into="x.zip").content
    archive = with_part(with_part(archive, "b.json", b"{}"), "c.json", b"{}")
    with pytest.raises(BadInputError, match="not one scenario in this archive"):
        imported(archive)


@pytest.mark.parametrize("text", ["a < b & c > d", "one\ntwo\n\nthree", "&amp; <p>", "<script>x</script>"])
def test_texts_go_into_html_and_come_back(text: str) -> None:
    """Escaped, with their line ends."""
    assert from_html(to_html(text)) == text
