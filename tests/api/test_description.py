"""The description of the HTTP API: who gets it, and that the desk does what it says."""

from pathlib import Path

from leerp.machines import Scope
from tests.api.described import ask_everything, desk_on_a_port
from tests.api.machines import Gate

CALLS = {
    "/api/v1/reports": {"post"},
    "/api/v1/reports/batch": {"post"},
    "/api/v1/incidents/{reference}/contributions": {"post"},
    "/api/v1/incidents": {"get"},
    "/api/v1/incidents/{reference}": {"get"},
    "/api/v1/openapi.json": {"get"},
}


async def test_it_is_for_whoever_may_come_in(gate: Gate) -> None:
    """A token of any scope or a session opens it, and nothing else does."""
    machine, person, stranger = (
        (await gate.machine(Scope.FEED)).client,
        await gate.desk.browser("duty-officer"),
        await gate.line(),
    )
    answers = [await line.get("/api/v1/openapi.json") for line in (machine, person, stranger)]
    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert answers[0].json() == answers[1].json()


async def test_it_names_every_call_with_its_answers(gate: Gate) -> None:
    """OpenAPI 3.1, each call with what it needs and each no it may say, and no reference that leads nowhere."""
    described = (await (await gate.machine()).client.get("/api/v1/openapi.json")).json()
    calls = {path: set(methods) - {"parameters"} for path, methods in described["paths"].items()}
    assert described["openapi"].startswith("3.1")
    assert calls == CALLS
    for path, methods in calls.items():
        for method in methods:
            call = described["paths"][path][method]
            assert call["security"]
            assert "401" in call["responses"]
            assert "503" in call["responses"]
    named = set(described["components"]["schemas"])
    assert _references(described) <= {f"#/components/schemas/{name}" for name in named}


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*map(_references, value))
    return set()


async def test_what_is_not_there_is_said_in_json(gate: Gate) -> None:
    """404 and 405 are JSON too, and 405 says what is there."""
    machine = await gate.machine()
    missing = await machine.client.get("/api/v1/nothing")
    wrong = await machine.client.get("/api/v1/reports")
    assert (missing.status_code, set(missing.json())) == (404, {"error"})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_the_desk_does_what_it_says(tmp_path: Path) -> None:
    """Asked everything that the description allows, and what it forbids, with every check of schemathesis.

    Many more examples: tests/long/test_the_api_is_as_described.py.
    """
    with desk_on_a_port(tmp_path) as desk:
        said = ask_everything(desk, examples=1, seed=1, phases="coverage,fuzzing")
    assert said.returncode == 0, said.stdout[-8000:] + said.stderr
