"""The whole form, played: the cast, branches, conditions, contingencies and faults."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from desk.worker import build_worker
from exercises.played import CAST, Played
from exercises.player import Outcome, play
from exercises.replaying import Other, replay, source_of_run
from leerp.journal import JournalEntry, JournalKind, verify
from leerp.notices import Delivery
from tests.exercises.all_deeds import DEEDS
from tests.exercises.scenarios import SHORT, journal_lines, scenario
from tests.exercises.whole_form import WHOLE


class Run(NamedTuple):
    """A run, the director's notes on it, and the folder it has left."""

    outcome: Outcome
    played: Sequence[Played]
    folder: Path

    @property
    def journal(self) -> list[JournalEntry]:
        """Every entry."""
        return [JournalEntry.model_validate_json(line) for line in journal_lines(self.folder)]

    @property
    def ledger(self) -> list[Delivery]:
        """Every delivery."""
        lines = json.loads((self.folder / "ledger.json").read_text(encoding="utf-8"))
        return [Delivery.model_validate(line) for line in lines]

    def notes(self, number: int, sender: str | None = None) -> list[Played]:
        """The notes on an inject, or (with number 0) on what one of the cast did."""
        return [one for one in self.played if one.number == number and sender in (None, one.sender)]

    def times(self, kind: str) -> list[str]:
        """When entries of a kind were made, to the minute."""
        return [entry.at[11:16] for entry in self.journal if entry.kind is JournalKind(kind)]


def run(text: str, folder: Path) -> Run:
    """Play a scenario given as a text."""
    outcome = asyncio.run(play(scenario(text), out=folder, build_worker=build_worker))
    report = outcome.report
    notes = [*report.cast, *(one for inject in report.injects for one in inject.played)]
    return Run(outcome, notes, folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The scenario with everything in it, played once."""
    return run(WHOLE, tmp_path_factory.mktemp("whole") / "out")


def test_everything_goes_as_the_scenario_says(whole: Run) -> None:
    """No expectation is missed, no inject goes otherwise, and the journal verifies."""
    assert whole.outcome.failures == ()
    assert verify(journal_lines(whole.folder)) == len(whole.journal)


def test_the_cast_confirms_so_long_after_it_was_told(whole: Run) -> None:
    """An officer confirms three minutes after each proposal, a reader twelve minutes after the notice came."""
    assert whole.times("triage.decision.proposed") == ["08:12"]
    assert whole.times("triage.decision.made") == ["08:15"]
    assert whole.times("closure.containment.approved") == ["13:03"]
    line = next(one for one in whole.ledger if (one.reader, one.kind.value) == ("csirt-lu", "launch_external"))
    assert line.sent_at is not None
    assert line.acknowledged_at is not None
    assert 719 <= (line.acknowledged_at - line.sent_at).total_seconds() <= 720


def test_who_answers_everything_answers_what_asks_to_be_confirmed(whole: Run) -> None:
    """Without kinds named it is every notice that asks for it: the closure notice does not."""
    mine = [one for one in whole.ledger if one.reader == "enisa"]
    assert {one.kind.value: one.state.value for one in mine} == {
        "launch_external": "acknowledged",
        "early_warning": "acknowledged",
        "closure": "sent",
    }


def test_who_never_answers_is_noticed(whole: Run) -> None:
    """It confirms nothing, and is called overdue."""
    assert {one.acknowledged_at for one in whole.ledger if one.reader == "csirt-fr"} == {None}
    overdue = [one for one in whole.journal if one.kind is JournalKind.DELIVERY_ACKNOWLEDGEMENT_OVERDUE]
    assert any("csirt-fr" in str(one.data["readers"]) for one in overdue)


def test_who_confirms_wrongly_is_refused_and_journalled(whole: Run) -> None:
    """Twenty minutes after the others got it; the refusal stands in the journal like any other."""
    (note,) = whole.notes(CAST, "poc-us")
    assert (note.refused, note.as_expected) == ("unknown_subject", True)
    refused = [one for one in whole.journal if one.data.get("act") == "acknowledge"]
    assert [(one.at[11:16], one.kind.value) for one in refused] == [("08:35", "desk.act.refused")]


def test_a_channel_that_is_away_lets_nothing_out_until_it_is_back(whole: Run) -> None:
    """What was to go by mail at a quarter past eight goes after ten past nine, and all of it."""
    launch = [one for one in whole.ledger if one.kind.value == "launch_external"]
    by_mail = [one.sent_at for one in launch if one.channel == "email" and one.sent_at]
    assert len(by_mail) > 10
    assert {at.strftime("%H") for at in by_mail} == {"09"}
    assert min(by_mail).strftime("%H:%M") >= "09:10"
    assert {one.state.value for one in launch} <= {"sent", "acknowledged", "withheld"}
    assert whole.notes(5)[0].became == "Channel email is away until 09:10 UTC."


def test_branches_and_conditions_are_noted(whole: Run) -> None:
    """What is not played says why, as it should be; what is played is."""
    assert [whole.notes(number)[0].happened for number in (7, 8, 9, 10, 11)] == [True, False, True, False, True]
    not_taken = "Not played: branch no-launch is not taken (Nobody has launched by half past eight.)"
    assert whole.notes(8)[0].became == not_taken
    assert whole.notes(10)[0].became == "Not played: coordination.post.opened has been."
    assert all(one.as_expected for one in whole.played)


def test_a_contingency_does_what_it_holds(whole: Run) -> None:
    """Nobody from France had confirmed: the report comes, and is the report of that inject."""
    (note,) = whole.notes(11)
    assert note.became.startswith("Report joined: ")
    assert (note.sender, note.report is not None) == ("csirt-fr", True)


def test_an_officer_who_is_ill_does_nothing(whole: Run) -> None:
    """The act is noted as not played; once well again the officer acts."""
    assert [(one.became, one.happened) for one in whole.notes(14)] == [("Not played: duty-officer is ill.", False)]
    assert whole.times("warning.notice.drafted") == ["08:15", "12:00"]


def test_facts_and_messages(whole: Run) -> None:
    """A fact is settled by whoever learned it; a message is only noted."""
    (entry,) = [one for one in whole.journal if one.kind is JournalKind.TRIAGE_FACTS_ASSESSED]
    assert (entry.actor, entry.at[11:16]) == ("operational-analyst-1", "08:08")
    assert whole.notes(2)[0].became == "press office says to duty desk: Is it true?"
    assert "we hear of a worm" not in str(whole.journal).lower()


def test_what_a_cast_did_and_a_channel_that_was_away_replay_as_they_were(whole: Run) -> None:
    """What nobody had written down beforehand is in the record too; mail that waited for an hour waits again."""
    source = source_of_run(whole.folder)
    assert {"report", "act", "acknowledge", "fault"} == {one.kind for one in source.recorded.scenario.injects}
    assert asyncio.run(replay(source, Other(), build_worker=build_worker)).same


def test_every_deed_goes_in(tmp_path: Path) -> None:
    """Each act that a scenario can have an officer do is done, with what earlier injects have made."""
    done = run(DEEDS, tmp_path / "out")
    assert done.outcome.failures == ()
    kinds = {entry.kind.value for entry in done.journal}
    assert {"coordination.room.pinned", "plan.meeting.answered", "investigation.hit.permitted"} <= kinds
    assert {"plan.alert.decided", "investigation.product.withdrawn", "delivery.consent.given"} <= kinds


DECIDED = """\
  - {number: 2, at: "+00:10", kind: decision, from: [duty-officer, head-of-operations], choice: launch,
     reason: It spreads., description: Two people decide.}
"""
KILLED = '  - {number: 5, at: "+00:10:30", kind: fault, what: worker_killed, description: It falls over.}\n'
CAST_OF_TWO = """\
cast:
  - {who: csirt-lu, answers: after, after: "+00:04", over: "+00:30"}
  - {who: liaison-de, answers: after, after: "+00:09"}
injects:
"""


def played_by_two() -> str:
    """The short scenario, in which a decision of two people stands for two acts, and a cast answers."""
    whole = SHORT[: SHORT.index("  - number: 2")] + DECIDED + SHORT[SHORT.index("expectations:") :]
    return whole.replace("injects:\n", CAST_OF_TWO, 1).replace("within_minutes: 10", "within_minutes: 7", 1)


def by_the_second(run: Run) -> list[tuple[str, str, str]]:
    """What happened in each second; the order within a second is the machine's."""
    return sorted((one.at[:19], one.kind.value, json.dumps([one.actor, one.data])) for one in run.journal)


def test_the_same_again_also_when_the_worker_is_killed(tmp_path: Path) -> None:
    """With a cast, the same seed gives the same journal; a killed worker changes nothing in it."""
    text = played_by_two()
    killed = text.replace("expectations:\n", KILLED + "expectations:\n", 1)
    first, again = (run(one, tmp_path / str(at)) for at, one in enumerate((text, killed)))
    assert (first.outcome.failures, again.outcome.failures) == ((), ())
    assert by_the_second(first) == by_the_second(again)
    assert again.notes(5)[0].became == "The worker was killed, and another one has begun."
    assert [(one.sender, one.at.minute) for one in first.notes(2)] == [("duty-officer", 10), ("head-of-operations", 11)]


AWAY = """\
  - {number: 2, at: "+00:08", kind: fault, what: channel_down, channel: email, lasts: "+00:30", description: Away.}
  - {number: 3,"""
OTHER = """\
  - number: 6
    at: "+00:20"
    kind: report
    from: enisa
    description: Something else altogether.
    outcome: created
    says: {title: Another matter, observables: [{kind: domain, value: other.example}]}
expectations:
"""


def test_the_cast_waits_for_what_is_on_its_way_in_every_incident(tmp_path: Path) -> None:
    """Mail of the first incident comes late, and nothing of the second is on its way: it is answered all the same."""
    text = played_by_two().replace("  - {number: 2,", AWAY, 1).replace("expectations:\n", OTHER, 1)
    done = run(text, tmp_path / "out")
    assert done.outcome.failures == ()
    liaison = next(one for one in done.ledger if (one.reader, one.channel) == ("liaison-de", "email"))
    assert [f"{at:%H:%M:%S}" if at else None for at in (liaison.sent_at, liaison.acknowledged_at)] == [
        "08:38:30",
        "08:47:30",
    ]


def test_a_decision_that_must_be_refused(tmp_path: Path) -> None:
    """Of several people it is the last one who must be refused, for that reason."""
    text = played_by_two().replace("head-of-operations], choice", "duty-officer], refused: same_person, choice", 1)
    done = run(text.replace("+00:30", "+00:01"), tmp_path / "out")
    assert [one.as_expected for one in done.notes(2)] == [True, True]
    assert [one.refused for one in done.notes(2)] == [None, "same_person"]
    other = run(text.replace("same_person", "reason_missing"), tmp_path / "other")
    assert [one.as_expected for one in other.notes(2)] == [True, False]
