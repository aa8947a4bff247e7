"""`leerp exercise`: rehearse the protocol with the scenarios of the library or with your own."""

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from desk.cli.running import REFUSED, Answer
from exercises.after_action import AfterAction
from exercises.library import load, names
from exercises.scenario import Scenario
from exercises.setting import setting

ScenarioName = Annotated[str, Parameter(help="The name of a scenario of the library, or a file.")]
Config = Annotated[
    Path | None, Parameter(help="The folder with directory, channels and policy; the example without it.")
]


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="exercise", help="Rehearsals: list, check, run.")
    group.command(list_scenarios, name="list")
    group.command(check)
    group.command(run)
    app.command(group)


def list_scenarios() -> Answer:
    """List the scenarios of the library."""
    data = [_summary(load(name)) for name in names()]
    rows = [(one["name"], one["title"], one["hours"], one["injects"], one["expectations"]) for one in data]
    return Answer(data=data, header=("name", "title", "hours", "injects", "expectations"), rows=rows)


def _summary(scenario: Scenario) -> dict[str, object]:
    return {
        "name": scenario.name,
        "version": scenario.version,
        "title": scenario.title,
        "hours": round(scenario.length.total_seconds() / 3600, 1),
        "injects": len(scenario.injects),
        "objectives": len(scenario.objectives),
        "expectations": len(scenario.expectations),
    }


def check(scenario: ScenarioName, *, config: Config = None) -> Answer:
    """Read a scenario as strictly as it is read when played, against the directory it would be played with."""
    read = load(scenario, directory=setting(config).directory)
    kinds = Counter(inject.kind for inject in read.injects)
    summary = _summary(read)
    lines = [
        (
            f"{read.name} version {read.version} can be played: {summary['hours']} h, {summary['injects']} injects,"
            f" {summary['objectives']} objectives, {summary['expectations']} expectations"
        ),
        *(f"  {count} of kind {kind}" for kind, count in sorted(kinds.items())),
    ]
    return Answer(data=summary | {"valid": True, "kinds": dict(sorted(kinds.items()))}, lines=lines)


async def run(scenario: ScenarioName, *, out: Path, seed: int = 0, config: Config = None) -> Answer:
    """Play a scenario in time lapse through the workflows that run in earnest; exit code 1 if it fails expectations.

    Leaves in --out: journal.jsonl, ledger.json, incident.json, notices/, after-action.json, after-action.html.
    No message leaves this machine, whatever the configuration says.
    """
    from desk.worker import build_worker  # noqa: PLC0415 - the engine's client loads only where something is played
    from exercises.player import play  # noqa: PLC0415 - the same

    begun = time.monotonic()
    read = load(scenario, directory=setting(config).directory)
    outcome = await play(read, out=out, build_worker=build_worker, config=config, seed=seed)
    return _answer(outcome.report, out=out, seconds=time.monotonic() - begun)


def _answer(report: AfterAction, *, out: Path, seconds: float) -> Answer:
    reference, failures = report.incident.reference, report.failures
    expected = sum(len(one.expectations) for one in report.objectives) + len(report.other_expectations)
    lines = [
        f"{report.title}: {len(report.injects)} injects played as {reference} in {seconds:.1f} s",
        (
            f"  {report.incident.status.value} in {report.incident.phase.value}; {len(report.notices)} notices,"
            f" {report.journal_entries} journal entries"
        ),
        f"  {len(failures)} failures" if failures else f"  all {expected} expectations are met",
        *(f"    {failure}" for failure in failures),
        f"  read {out / 'after-action.html'}",
    ]
    data = {
        "exercise": report.exercise,
        "seed": report.seed,
        "incident": reference,
        "met": report.met,
        "failures": list(failures),
        "out": str(out),
        "seconds": round(seconds, 2),
    }
    return Answer(data=data, lines=lines, code=0 if report.met else REFUSED)
