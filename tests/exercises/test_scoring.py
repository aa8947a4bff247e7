"""Scoring: each rule by which an expectation counts entries and deliveries."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exercises.kept import Kept
from exercises.played import Played
from exercises.scenario import Scenario
from exercises.scoring import Scored, score
from leerp.incidents import IncidentView, Phase, Status
from leerp.journal import GENESIS, JournalEntry, JournalKind, seal
from leerp.notices import Delivery, DeliveryState, Mode, NoticeKind
from leerp.plans import Plan
from tests.exercises.scenarios import scenario

BASE = scenario()
START = BASE.start


def entry(minute: float, kind: str, seq: int = 1, **data: Any) -> JournalEntry:
    """A journal entry so many minutes after the start."""
    at = START + timedelta(minutes=minute)
    return seal(seq=seq, incident="X", at=at, actor="a", kind=JournalKind(kind), data=data, prev=GENESIS)


def line(state: str, minute: float, *, reader: str = "enisa", notice: str = "N-1", **more: Any) -> Delivery:
    """A line of the ledger of an early warning."""
    at = START + timedelta(minutes=minute)
    times = {"sent_at": at if state in ("sent", "acknowledged") else None}
    times |= {"acknowledged_at": at if state == "acknowledged" else None}
    return Delivery(
        notice=notice,
        kind=NoticeKind.EARLY_WARNING,
        reader=reader,
        channel="email",
        state=DeliveryState(state),
        planned_at=at,
        **times,
        **more,
    )


def scored(
    expectation: dict[str, Any],
    *entries: JournalEntry,
    ledger: tuple[Delivery, ...] = (),
    outbox: Path = Path("none"),
    played: tuple[Played, ...] = (),
    condition: dict[str, Any] | None = None,
) -> Scored:
    """How one expectation fares on these entries and lines; inject 1 was played in minute 5.

    `played`: what was noted beside it. `condition`: of inject 2.
    """
    view = IncidentView(
        reference="X",
        title="t",
        status=Status.OPEN,
        phase=Phase.TRIAGE,
        mode=Mode.EXERCISE,
        marking="",
        reports=(),
        classification=None,
        decisions=(),
        team=(),
        notices=(),
        plan=Plan(),
        contributions=(),
        opened_at=START,
    )
    kept = Kept(journal=entries, ledger=ledger, incident=view, acknowledge_within_minutes={})
    notes = [Played(number=1, sender="csirt-lu", at=START + timedelta(minutes=5), became=""), *played]
    asked = {**BASE.model_dump(by_alias=True, mode="json"), "expectations": [{"id": "E", "text": "t", **expectation}]}
    asked["injects"][1]["when"] = condition
    return score(Scenario.model_validate(asked), notes, [kept], outbox=outbox)[0]


DECIDED = "triage.decision.made"


@pytest.mark.parametrize(
    ("rule", "minutes", "met"),
    [
        ({}, [1], True),
        ({}, [], False),
        ({"within_minutes": 10}, [10], True),
        ({"within_minutes": 10}, [10.1], False),
        ({"after": {"inject": 1}}, [4.9], False),
        ({"after": {"inject": 1}, "within_minutes": 10}, [15], True),
        ({"after": {"kind": "triage.watch.elapsed"}}, [1], False),
        ({"after": {"inject": 2}}, [30], False),
        ({"at_least": 2}, [1], False),
        ({"at_least": 2}, [1, 2], True),
        ({"at_most": 1}, [1, 2], False),
        ({"at_least": 0, "at_most": 0}, [], True),
        ({"at_least": 0, "at_most": 0}, [1], False),
    ],
)
def test_entries_are_counted_from_a_time_to_a_limit(rule: dict[str, Any], minutes: list[float], met: bool) -> None:
    """From the start, an inject or an entry; within minutes, both ends included; so many at least and at most."""
    entries = [entry(minute, DECIDED, seq) for seq, minute in enumerate(minutes, start=1)]
    assert met is scored({"kind": DECIDED, **rule}, *entries).met


def test_data_actor_and_reader_must_fit() -> None:
    """Each field named must have that value; a reader may stand alone, in a list, or in a list with reasons."""
    assert scored({"kind": DECIDED, "where": {"choice": "launch"}}, entry(1, DECIDED, choice="launch")).met
    assert not scored({"kind": DECIDED, "where": {"choice": "launch"}}, entry(1, DECIDED, choice="watch")).met
    assert not scored({"kind": DECIDED, "actor": "b"}, entry(1, DECIDED)).met
    overdue, withheld = "delivery.acknowledgement.overdue", "delivery.reader.withheld"
    assert scored({"kind": overdue, "reader": "enisa"}, entry(1, overdue, readers=["enisa"])).met
    assert not scored({"kind": overdue, "reader": "enisa"}, entry(1, overdue, readers=["eeas"])).met
    because = [{"reader": "enisa", "reason": "no_channel"}]
    assert scored({"kind": withheld, "reader": "enisa"}, entry(1, withheld, readers=because)).met


def test_a_met_expectation_names_its_entries_and_the_time_it_took() -> None:
    """The proof is the number of each entry; the time is from what it counts from to the first of them."""
    result = scored({"kind": DECIDED, "after": {"inject": 1}}, entry(1, DECIDED, 1), entry(12.5, DECIDED, 2))
    assert [proof.seq for proof in result.proofs] == [2]
    assert result.took_minutes == 7.5


def test_deliveries_are_looked_up_in_the_ledger() -> None:
    """Acknowledged is sent too, and not the other way round; a reason must be the reason."""
    wanted = {"notice": "early_warning", "reader": "enisa"}
    assert scored({**wanted, "state": "sent"}, ledger=(line("acknowledged", 1),)).met
    assert not scored({**wanted, "state": "acknowledged"}, ledger=(line("sent", 1),)).met
    assert not scored({**wanted, "state": "sent"}, ledger=(line("sent", 1, reader="eeas"),)).met
    assert not scored({**wanted, "state": "sent", "within_minutes": 5}, ledger=(line("sent", 6),)).met
    refused = line("withheld", 1, reason="clearance_unknown")
    assert scored({**wanted, "state": "withheld", "reason": "clearance_unknown"}, ledger=(refused,)).met
    assert not scored({**wanted, "state": "withheld", "reason": "no_channel"}, ledger=(refused,)).met


def test_what_a_reader_could_see_is_looked_up_in_its_files(tmp_path: Path) -> None:
    """Words that must be shown are in this reader's files, words that must be hidden are in none of them."""
    for reader, text in (("enisa", "open words"), ("enisa+secure", "second words"), ("enisa-2", "others' words")):
        (tmp_path / "N-1" / reader).mkdir(parents=True)
        (tmp_path / "N-1" / reader / "message.txt").write_text(text, encoding="utf-8")
    wanted = {"notice": "early_warning", "reader": "enisa", "state": "sent"}
    sent = (line("sent", 1),)
    assert scored({**wanted, "shows": ["open words", "second words"]}, ledger=sent, outbox=tmp_path).met
    assert scored({**wanted, "hides": ["others' words"]}, ledger=sent, outbox=tmp_path).met
    assert not scored({**wanted, "shows": ["others' words"]}, ledger=sent, outbox=tmp_path).met
    assert not scored({**wanted, "hides": ["open words"]}, ledger=sent, outbox=tmp_path).met


def test_what_a_reader_could_see_by_a_time_is_looked_up_over_all_notices(tmp_path: Path) -> None:
    """By when it was sent; what a reader never sees stands in nothing that went to it, whatever others got."""
    for notice, text in (("N-1", "first words"), ("N-2", "second words")):
        for reader in ("enisa", "eeas"):
            (tmp_path / notice / reader).mkdir(parents=True)
            words = text if reader == "enisa" else "others' words"
            (tmp_path / notice / reader / "message.txt").write_text(words, encoding="utf-8")
    sent = (line("sent", 3), line("acknowledged", 9, notice="N-2"), line("sent", 1, reader="eeas"))

    def seen(**asked: Any) -> Scored:
        return scored({"reader": "enisa", **asked}, ledger=sent, outbox=tmp_path)

    assert seen(could_see="second words", within_minutes=9).met
    assert seen(could_see="second words", within_minutes=9).took_minutes == 9.0
    assert not seen(could_see="second words", within_minutes=8).met
    assert not seen(could_see="others' words").met
    assert seen(never_sees="others' words").met
    assert not seen(never_sees="first words").met
    assert seen(never_sees="first words", after={"inject": 1}).met


def test_what_counts_from_an_inject_that_stayed_away_is_not_asked() -> None:
    """Only where the inject may be left out by its condition; what an officer who is ill did not do is missed."""
    away = Played(number=2, sender="x", at=START, became="Not played: so.", happened=False)
    asked = {"kind": DECIDED, "after": {"inject": 2}}
    result = scored(asked, entry(1, DECIDED), played=(away,), condition={"kind": "triage.watch.elapsed"})
    assert (result.met, result.because) == (True, "Not asked: inject 2 was not played.")
    assert not scored(asked, entry(1, DECIDED), played=(away,)).met
