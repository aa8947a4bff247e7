"""Rule 1 from end to end, with CrowdStrike 2024: presumed criminal at 04:09, rebutted, presumed again for the lures.

The facts are those of the shipped case at its hours 0, 6 and 24; the days between are left out.
"""

import asyncio
import json
import time
from typing import Any

from leerp.facts import Facts, RootCause
from leerp.incidents import Choice, Classification, Presumption, Status
from leerp.protocol import ActName, AssessAct, DecideAct
from matrices.casebook import shipped_casebook
from tests.conftest import OpenDrill
from tests.drill import PATIENCE, Drill

CASE = next(case for case in shipped_casebook().cases if case.id == "crowdstrike-2024")
AT = {moment.hour: moment.facts for moment in CASE.moments}
CHANNEL_FILE = {"kind": "filename", "value": "C-00000291-00000000-00000009.sys"}
QUESTION = "speaks of malice although the presumption is rebutted (assess)"
RAISED, REBUTTED = "triage.presumption.raised", "triage.presumption.rebutted"


def said(facts: Facts) -> dict[str, Any]:
    """Facts as a report or a person says them: only what is known."""
    return facts.model_dump(mode="json", exclude_defaults=True)


async def report_outage(drill: Drill) -> str:
    """The report of 04:09; the outcome."""
    return await drill.report(
        1,
        reported_at="2024-07-19T04:09:00+00:00",
        title="Blue screens at airlines",
        narrative="Machines do not start any more, all at once.",
        facts=said(AT[0]),
        observables=[CHANNEL_FILE],
    )


async def report_lures(drill: Drill) -> str:
    """The report of the next day: mails pretend to repair what the faulty file broke; the outcome."""
    return await drill.report(
        2,
        reported_at="2024-07-20T04:09:00+00:00",
        title="Mails that offer a repair",
        narrative="The archive holds the name of the faulty file and a remote control program.",
        facts=said(AT[24]),
        observables=[CHANNEL_FILE, {"kind": "domain", "value": "repair-help.example"}],
    )


async def assess(drill: Drill, facts: Facts) -> Choice:
    """An officer settles facts; what is recommended then."""
    await drill.act(ActName.ASSESS, AssessAct, facts=said(facts))
    return (await in_view(drill)).recommendation


async def in_view(drill: Drill) -> Classification:
    """The classification as it stands."""
    view = await drill.view()
    assert view.classification is not None
    return view.classification


async def taken_in(drill: Drill, reports: int) -> None:
    """Wait until the incident has been classified with that many reports; each is graded as it is taken in."""
    deadline = time.monotonic() + PATIENCE
    while (await drill.kinds())["triage.grade.recorded"] < reports:
        assert time.monotonic() < deadline, "the report was not taken in"
        await asyncio.sleep(0.05)


async def presumptions(drill: Drill) -> list[tuple[str, str | None, str | None]]:
    """What the journal says of the presumption: kind, cause and evidence, in order."""
    entries = [json.loads(line) for line in await drill.lines()]
    told = [entry for entry in entries if entry["kind"] in (RAISED, REBUTTED)]
    return [(entry["kind"], entry["data"]["root_cause"], entry["data"]["evidence"]) for entry in told]


async def test_the_presumption_is_raised_rebutted_and_raised_again(open_drill: OpenDrill) -> None:
    """A person rebuts it with evidence; lures alone do not undo that, a person does; the journal keeps all three."""
    async with open_drill() as drill:
        assert await report_outage(drill) == "created"
        await drill.classified_again()
        assert await presumptions(drill) == [(RAISED, None, None)]
        assert (await in_view(drill)).recommendation is Choice.WATCH

        assert await assess(drill, AT[6]) is Choice.NORMAL
        assert (await in_view(drill)).presumption is Presumption.REBUTTED

        assert await report_lures(drill) == "joined"
        await taken_in(drill, 2)
        still = await in_view(drill)
        assert (still.presumption, still.recommendation) == (Presumption.REBUTTED, Choice.NORMAL)
        assert still.facts.root_cause is RootCause.THIRD_PARTY_FAILURES
        asked = await drill.until(lambda view: any(QUESTION in line for line in view.waiting_for), "the question")
        assert (await drill.kinds())["triage.presumption.questioned"] == 1
        assert any(asked.reports[1].id in line for line in asked.waiting_for)

        assert await assess(drill, AT[24]) is Choice.WATCH
        assert (await in_view(drill)).presumption is Presumption.RAISED
        assert not any(QUESTION in line for line in (await drill.view()).waiting_for)
        assert await presumptions(drill) == [
            (RAISED, None, None),
            (REBUTTED, "third-party-failures", AT[6].rebuttal),
            (RAISED, "malicious-actions", None),
        ]


async def test_lures_after_the_handover_open_an_incident_of_their_own(open_drill: OpenDrill) -> None:
    """What has been handed over stays rebutted and ended; the lures are a new incident, presumed criminal."""
    async with open_drill() as drill:
        await report_outage(drill)
        await drill.classified_again()
        await assess(drill, AT[6])
        await drill.act(ActName.DECIDE, DecideAct, choice="normal")
        outage = await drill.until(lambda view: view.status.ended, "the handover")
        rebutted = await presumptions(drill)

        drill.reference = ""
        assert await report_lures(drill) == "created"
        assert drill.reference != outage.reference
        await drill.classified_again()
        lures = await in_view(drill)
        assert (lures.presumption, lures.recommendation) == (Presumption.RAISED, Choice.WATCH)
        assert await presumptions(drill) == [(RAISED, "malicious-actions", None)]

        drill.reference = outage.reference
        assert (await drill.view()).status is Status.NORMAL_PROCEDURE
        assert await presumptions(drill) == rebutted
        assert [kind for kind, *_ in rebutted] == [RAISED, REBUTTED]


async def test_what_was_settled_can_be_taken_back(open_drill: OpenDrill) -> None:
    """A fact that is not settled any more is what the reports say again, and evidence goes with its cause."""
    async with open_drill() as drill:
        await report_outage(drill)
        await drill.classified_again()
        assert await assess(drill, AT[6]) is Choice.NORMAL
        await drill.act(ActName.ASSESS, AssessAct, unsettle=["root_cause", "outage_minutes"])
        facts = (await in_view(drill)).facts
        assert (facts.root_cause, facts.rebuttal, facts.outage_minutes) == (None, None, None)
        assert facts.victims_min == AT[6].victims_min
        assert [kind for kind, *_ in await presumptions(drill)] == [RAISED, REBUTTED, RAISED]
