"""The Common Exercise Format: both real examples, leaf by leaf, and what is written in it."""

import json

import pytest

from exercises.exchange.conversion import Imported, write_scenario_as
from exercises.exchange.formats import Format
from exercises.exchange.remarks import Verdict
from exercises.exchange.sources import leaves, pointer
from exercises.injects import MessageInject
from exercises.offsets import write_offset
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_of
from tests.exercises.exchange.exchanging import START, imported, places, real_file
from tests.exercises.scenarios import scenario

LINKS = ("total_duration", "content", "content-type", "action_payload_resource_uuid", "triggered_at")
"""Keys whose value is carried as something else: a length, a text, a link between two parts, a time."""


def lost(content: bytes, done: Imported) -> list[str]:
    """The leaves of a JSON file that are neither in the scenario nor in a remark, nor part of what a remark names."""
    said = "\n".join(str(value) for _, value in leaves(yaml_of(done.content, name="made")))
    remarked = [one.place for one in done.remarks.of(Verdict.REFUSED, Verdict.NOT_CARRIED)]
    found = []
    for path, value in leaves(json.loads(content)):
        place = pointer(path)
        listed = any(place == one or place.startswith(f"{one}/") for one in remarked)
        if not listed and str(value) not in said and path[-1] not in LINKS:
            found.append(place)
    return found


@pytest.mark.parametrize(("name", "injects"), [("misp-01", 2), ("ransomware-encoding", 8)])
def test_every_leaf_of_the_real_examples_is_carried_or_listed(name: str, injects: int) -> None:
    """Nothing of an exercise of the MISP project is lost in silence."""
    content = real_file(f"cexf/{name}.json")
    done = imported(content, mapping=START)
    assert done.scenario is not None
    assert (done.form, len(done.scenario.injects)) == (Format.CEXF, injects)
    assert lost(content, done) == []


def test_the_text_of_a_payload_is_what_the_message_says() -> None:
    """The sample's mail, decoded, with what it is about and what is expected."""
    done = imported(real_file("cexf/misp-01.json"), mapping=START)
    assert done.scenario is not None
    first = done.scenario.injects[0]
    assert isinstance(first, MessageInject)
    assert first.says.subject == "received e-mail from csirt@telco.lu"
    assert first.says.text.startswith("From csirt@telco.lu\n\nDear xy,")
    assert first.expected.splitlines()[0] == "MISP event creation"
    assert "no time is said" in places(done, Verdict.ASSUMED)["/injects/1"]


def document(**changed: object) -> bytes:
    """A small exercise with one task."""
    flow = {"inject_uuid": "a", "timing": {"triggered_at": 90}}
    whole: dict[str, object] = {
        "exercise": {"name": "Small", "total_duration": "3600"},
        "inject_flow": [flow],
        "inject_payloads": [],
        "injects": [{"uuid": "a", "name": "Look"}],
    }
    return json.dumps(whole | changed).encode()


def test_a_time_in_seconds_is_an_offset() -> None:
    """`triggered_at` counts from the start."""
    done = imported(document(), mapping=START)
    assert done.scenario is not None
    assert [write_offset(one.at) for one in done.scenario.injects] == ["+00:01:30"]


@pytest.mark.parametrize("seconds", [-1, 10**12])
def test_a_time_that_is_none_is_refused_by_its_place(seconds: int) -> None:
    """The inject is not taken in, and a planner must look."""
    flow = {"inject_uuid": "a", "timing": {"triggered_at": seconds}}
    done = imported(document(inject_flow=[flow]), mapping=START)
    assert places(done, Verdict.REFUSED)["/inject_flow/0/timing/triggered_at"] == "no seconds from the start"
    assert "injects" in places(done, Verdict.MISSING)


@pytest.mark.parametrize(
    "changed",
    [
        {"exercise": 5, "inject_flow": "x", "inject_payloads": {"a": 1}},
        {"inject_flow": [{"inject_uuid": {"a": 1}}], "injects": [{"uuid": ["x"], "name": {"deep": 1}}]},
        {"inject_payloads": [{"uuid": "p", "parameters": {"content": "%%", "content-type": "base64"}}]},
        {"injects": [5, None, "x", {"inject_evaluation": 5}]},
    ],
)
def test_other_types_than_the_format_has_are_listed(changed: dict[str, object]) -> None:
    """Whatever stands where: no traceback, and nothing lost."""
    content = document(**changed)
    assert lost(content, imported(content, mapping=START)) == []


def test_json_that_is_no_exercise_is_refused() -> None:
    """With what to do."""
    with pytest.raises(BadInputError, match="JSON of no format known here; say --format"):
        imported(b"{}")
    with pytest.raises(BadInputError, match="no list injects in it"):
        imported(b"{}", form=Format.CEXF)


def test_what_the_format_has_no_place_for_is_listed_when_writing() -> None:
    """By inject and column; every key of the editor's schema is there."""
    done = write_scenario_as(scenario(), Format.CEXF, into="x.json")
    listed = {one.place for one in done.remarks}
    assert {"inject 1, from", "inject 1, says", "inject 2, does", "inject 3, objective", "expectations"} <= listed
    whole = json.loads(done.content)
    assert {"exercise", "inject_flow", "inject_payloads", "injects"} == set(whole)
    assert {"description", "meta", "name", "namespace", "uuid", "version"} <= set(whole["exercise"])
    assert [one["timing"]["triggered_at"] for one in whole["inject_flow"]] == [300, 600, 720, 900]
