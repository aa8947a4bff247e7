"""`leerp exercise check`: whether a scenario can be played, what it touches, and what no scenario does."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from desk.cli.running import REFUSED, Answer
from exercises.coverage import coverage, together
from exercises.library import load, names
from exercises.scenario import Scenario
from exercises.setting import Setting, setting
from leerp.errors import BadInputError

Name = Annotated[str | None, Parameter(help="The name of a scenario of the library, or a file.")]
Config = Annotated[
    Path | None, Parameter(help="The folder with directory, channels and policy; the example without it.")
]
Library = Annotated[
    bool, Parameter(negative="", help="Everything that the scenarios of the library touch, and what none of them does.")
]

_SHOWN = 3
"""How many reasons a line for people names."""


def check(scenario: Name = None, *, config: Config = None, library: Library = False) -> Answer:
    """Read a scenario as strictly as it is read when played, and say what it touches; or do so for the library.

    What it touches is read from its file alone: steps, rules, triggers of the decision tables, stakeholder groups.
    """
    if library and scenario is not None:
        raise BadInputError(f"exercise check: --library asks of all scenarios; leave out either it or {scenario}")
    centre = setting(config)
    if library:
        return _library(centre)
    if scenario is None:
        raise BadInputError(
            "exercise check: name a scenario or a file, or give --library for all that are brought along"
        )
    return _one(load(scenario, directory=centre.directory, channels=centre.channels.channels), centre)


def summary(scenario: Scenario) -> dict[str, object]:
    """A scenario in a few numbers."""
    return {
        "name": scenario.name,
        "version": scenario.version,
        "title": scenario.title,
        "hours": round(scenario.length.total_seconds() / 3600, 1),
        "injects": len(scenario.injects),
        "objectives": len(scenario.objectives),
        "expectations": len(scenario.expectations),
    }


def _one(read: Scenario, centre: Setting) -> Answer:
    kinds = dict(sorted(Counter(inject.kind for inject in read.injects).items()))
    found = coverage(read, directory=centre.directory, tables=centre.tables)
    data = summary(read)
    playable = read.opens_an_incident
    verdict = "can be played" if playable else "cannot be played, for no report opens an incident; have one taken in"
    lines = [
        (
            f"{read.name} version {read.version} {verdict}: {data['hours']} h, {data['injects']} injects,"
            f" {data['objectives']} objectives, {data['expectations']} expectations"
        ),
        *(f"  {count} of kind {kind}" for kind, count in kinds.items()),
        "It touches, by what stands in it:",
        *(f"  {one.name}: {_because(one.because)}" for one in found if one.touched),
        "It does not touch:",
        *(f"  {one.name}" for one in found if not one.touched),
    ]
    touches = [one.model_dump(mode="json") | {"touched": one.touched} for one in found]
    told = data | {"valid": playable, "kinds": kinds, "coverage": touches}
    return Answer(data=told, lines=lines, code=0 if playable else REFUSED)


def _because(several: Sequence[str]) -> str:
    more = f" and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
    return ", ".join(several[:_SHOWN]) + more


def _library(centre: Setting) -> Answer:
    found = together(
        (name, coverage(load(name, directory=centre.directory), directory=centre.directory, tables=centre.tables))
        for name in names()
    )
    lines = [
        f"{len(names())} scenarios in the library touch:",
        *(f"  {one.name}: {_because(one.scenarios)}" for one in found if one.scenarios),
        "None of them touches:",
        *(f"  {one.name}" for one in found if not one.scenarios),
    ]
    missing = [one.model_dump(mode="json", exclude={"scenarios"}) for one in found if not one.scenarios]
    data = {"scenarios": names(), "coverage": [one.model_dump(mode="json") for one in found], "untouched": missing}
    return Answer(data=data, lines=lines)
