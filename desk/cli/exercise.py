"""`leerp exercise`: rehearse the protocol with the scenarios of the library or with your own."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from desk.cli import exercise_exchange, exercise_live, exercise_replay
from desk.cli.exercise_check import Config, check, summary
from desk.cli.running import REFUSED, Answer
from exercises.after_action import AfterAction
from exercises.library import load, names
from exercises.setting import setting

ScenarioName = Annotated[str, Parameter(help="The name of a scenario of the library, or a file.")]


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="exercise", help="Rehearsals: in seconds, live or at a table; replayed, compared, exchanged.")
    group.command(list_scenarios, name="list")
    group.command(check)
    group.command(run)
    exercise_live.add_to(group)
    exercise_replay.add_to(group)
    exercise_exchange.add_to(group)
    app.command(group)


def list_scenarios() -> Answer:
    """List the scenarios of the library."""
    data = [summary(load(name)) for name in names()]
    rows = [(one["name"], one["title"], one["hours"], one["injects"], one["expectations"]) for one in data]
    return Answer(data=data, header=("name", "title", "hours", "injects", "expectations"), rows=rows)


async def run(
    scenario: ScenarioName,
    *,
    out: Path,
    seed: int = 0,
    config: Config = None,
    table_top: Annotated[bool, Parameter(help="Step through it: each inject waits for the Enter key.")] = False,
) -> Answer:
    """Play a scenario in time lapse through the workflows that run in earnest; exit code 1 if it fails expectations.

    With --table-top a facilitator steps from inject to inject, and the scenario's time moves only with a step.
    Leaves in --out: journal.jsonl, ledger.json, incident.json, notices/, and after-action.json, .html and .pdf.
    No message leaves this machine, whatever the configuration says.
    """
    from desk.worker import build_worker  # noqa: PLC0415 - the engine's client loads only where something is played
    from exercises.player import play  # noqa: PLC0415 - the same

    begun = time.monotonic()
    centre = setting(config)
    read = load(scenario, directory=centre.directory, channels=centre.channels.channels)
    leader = exercise_live.AtTheTerminal() if table_top else None
    outcome = await play(read, out=out, build_worker=build_worker, centre=centre, seed=seed, facilitator=leader)
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
