"""NotPetya, played to the end: at each hour every reader has seen what it may, and nothing more, by the bytes.

On 27 June 2017 what looked like ransomware turned out to destroy (general knowledge of the case; the countries, words
and times here are made up for the rehearsal). Ransomware is reclassified as a wiper, two countries plan what collides,
two contributions meet, and one owner permits what the other refuses.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from activities.hits import HitActs
from activities.intake import Arrival
from desk.assembly import wall_clock
from leerp.assessments import Assessment
from leerp.facts import Facts
from leerp.incidents import IncidentView
from leerp.marking import Handling, HandlingCode, Level, Marking
from leerp.notices import NoticeKind
from leerp.protocol import ActName, Actor, AssessAct, PlanAddAct, PlanDraftAct, WarnAct
from leerp.stakeholders import Directory, Role
from tests.conftest import OpenDrill
from tests.drill import Drill

OFFICER = Actor(id="duty-officer", roles=(Role.OFFICER,))

REPORTED = "Accounting software updates itself into a ransom note"
WIPER = "The key it shows is random: nothing can be decrypted, this destroys"
LISTENING, TAKING = "Listen to the update server", "Take the update server down"
TARGET, MET = "45.66.77.88", "45.66.99.11"
LU, NO = "csirt-lu", "poc-no"
WATCHED = (REPORTED, WIPER, LISTENING, TAKING, TARGET, MET)
"""What must be seen by some and not by others; each stands in plain bytes in every text, HTML and JSON file."""


class Play:
    """The case as it goes, and what has reached whom so far."""

    def __init__(self, drill: Drill, outbox: Path) -> None:
        self.drill = drill
        self._outbox = outbox

    @property
    def directory(self) -> Directory:
        """Everybody."""
        return self.drill.house.rooms.directory()

    def seen(self) -> dict[str, set[str]]:
        """Which of the watched words stand in any byte that a reader was ever sent."""
        found: dict[str, set[str]] = {}
        for file in self._outbox.glob("*/*/*"):
            reader = file.parent.name.partition("+")[0]
            content = file.read_bytes()
            words = {word for word in WATCHED if word.encode() in content or defanged(word).encode() in content}
            found.setdefault(reader, set()).update(words)
        return found

    def cleared(self, level: Level) -> set[str]:
        """Who is cleared to a level and can be reached over a channel that may carry it."""
        channels = self.drill.house.rooms.channels
        return {
            one.id
            for one in self.directory.stakeholders
            if one.clearance is not None
            and one.clearance.rank >= level.rank
            and any(channels[point.channel].maximum.rank >= level.rank for point in one.contacts)
        }

    async def everything_sent(self, *, at_least: int) -> None:
        """Wait until so many notices have been released and tried at everybody."""

        def done(view: IncidentView) -> bool:
            released = [one for one in view.notices if one.released]
            return len(released) >= at_least and all(one.planned and not one.pending for one in released)

        await self.drill.until(done, f"{at_least} notices")

    async def assess(self, text: str, level: Level, **facts: Any) -> None:
        """Settle facts and record a tactical assessment."""
        written = Assessment(text=text, marking=Marking(level=level)).model_dump_json().encode()
        keep = self.drill.house.intake.keep_document
        document = await keep(written, media_type="application/json", marking=level.value)
        settled = Facts.model_validate(facts)
        await self.drill.act(ActName.ASSESS, AssessAct, facts=settled, assessment=document)

    async def add(self, identifier: str, title: str, kind: str, owner: str, country: str) -> None:
        """An action against the server that its owner alone may see."""
        at = wall_clock() + timedelta(hours=6)
        action = {
            "id": identifier,
            "title": title,
            "type": kind,
            "owner": owner,
            "country": country,
            "targets": [{"kind": "ipv4", "value": TARGET}],
            "starts_at": at.isoformat(),
            "ends_at": (at + timedelta(hours=3)).isoformat(),
            "marking": Marking(releasable_to=((f"reader:{owner}",),)).model_dump(mode="json"),
        }
        keep = self.drill.house.intake.keep_document
        document = await keep(json.dumps(action).encode(), media_type="application/json", marking="BPL")
        await self.drill.act(ActName.PLAN_ADD, PlanAddAct, action=document)

    async def contribute(self, contributor: str) -> None:
        """What this stakeholder holds under its own H2: an address that the other one holds too."""
        marking = Marking(handling=(Handling(code=HandlingCode.H2, provider=contributor),))
        document = {
            "contributor": contributor,
            "id": f"servers-{contributor}",
            "contributed_at": wall_clock().isoformat(),
            "title": f"What {contributor} has seen",
            "marking": marking.model_dump(mode="json"),
            "observables": [{"kind": "ipv4", "value": MET}],
        }
        await self.drill.house.intake.contribution(
            json.dumps(document).encode(),
            name="c.json",
            reference=self.drill.reference,
            contributor=contributor,
            arrival=Arrival(wall_clock(), "duty-officer"),
        )


def defanged(word: str) -> str:
    """As notices write an address."""
    return word.replace(".", "[.]")


def who(seen: dict[str, set[str]], word: str) -> set[str]:
    """Who has seen a word."""
    return {reader for reader, words in seen.items() if word in words}


def nobody_else(seen: dict[str, set[str]], word: str, allowed: Iterable[str]) -> None:
    """Exactly those have seen it who may; at least one has, so that the test can fail."""
    assert who(seen, word) <= set(allowed), word
    assert who(seen, word), word


async def it_begins(play: Play) -> None:
    """Hour 0: ransomware, says a report that may go to everybody who is warned."""
    drill = play.drill
    await drill.report(
        1,
        title=REPORTED,
        source="csirt-pl",
        facts={
            "root_cause": "malicious-actions",
            "activity": "effect",
            "sectors": ["energy", "financial"],
            "countries": ["PL", "DE"],
            "victims_min": 12,
            "service_impact": "disrupted",
            "spread": "fast",
            "recoverability": "extended",
        },
        observables=[{"kind": "domain", "value": "accounting.example"}],
    )
    await drill.classified_again()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
    await drill.release(NoticeKind.EARLY_WARNING)
    await play.everything_sent(at_least=3)
    warned = who(play.seen(), REPORTED)
    assert {"csirt-pl", "poc-ch", NO, "liaison-fr"} <= warned
    assert who(play.seen(), WIPER) == set()


async def it_destroys(play: Play) -> None:
    """Hour 5: it destroys; what says so is RESTREINT, and an update tells it to those who may read that."""
    drill = play.drill
    destroyed = {"recoverability": "not-recoverable", "service_impact": "lost", "victims_min": 2000}
    await play.assess(WIPER, Level.RESTREINT, **destroyed)
    view = await drill.view()
    assert view.classification is not None
    assert view.classification.facts.recoverability == "not-recoverable"
    if not any("(update)" in line for line in view.waiting_for):
        await drill.act(ActName.WARN, WarnAct, kind="update")
    await drill.release(NoticeKind.UPDATE)
    await play.everything_sent(at_least=4)
    seen = play.seen()
    nobody_else(seen, WIPER, play.cleared(Level.RESTREINT))
    assert "csirt-pl" not in who(seen, WIPER)
    assert "partner-bank" not in who(seen, WIPER)


async def two_actions_collide(play: Play) -> None:
    """Hour 9: germany listens where France takes down; each sees its own, and both learn whom to call."""
    drill = play.drill
    await play.add("DE-1", LISTENING, "covert_monitoring", "liaison-de", "DE")
    await play.add("FR-1", TAKING, "takedown", "liaison-fr", "FR")
    await play.everything_sent(at_least=6)
    overlaps = [one for one in (await drill.view()).notices if one.kind is NoticeKind.DECONFLICTION]
    assert [one.planned for one in overlaps] == [1, 1]
    seen = play.seen()
    for word in (LISTENING, TAKING, TARGET):
        assert who(seen, word) == set(), word


async def the_plan_goes_out(play: Play) -> None:
    """Hour 12: the plan goes out; every reader gets the actions that are its own."""
    drill = play.drill
    await drill.act(ActName.PLAN_DRAFT, PlanDraftAct)
    await drill.release(NoticeKind.ACTION_PLAN)
    await play.everything_sent(at_least=7)
    seen = play.seen()
    assert who(seen, LISTENING) == {"liaison-de"}
    assert who(seen, TAKING) == {"liaison-fr"}
    assert who(seen, TARGET) == {"liaison-de", "liaison-fr"}


async def two_contributions_meet(play: Play) -> None:
    """Hour 20: two contributions meet; both owners are told that, and by no notice what it is."""
    await play.contribute(LU)
    await play.contribute(NO)
    await play.everything_sent(at_least=9)
    assert who(play.seen(), MET) == set()


async def one_owner_permits_and_one_refuses(play: Play) -> None:
    """Hour 30: norway permits, Luxembourg refuses; each answer of the hit desk holds what its reader may see."""
    drill = play.drill
    hits = HitActs(drill.house.rooms)
    (hit,) = [one.hit for one in await hits.listing(drill.reference, reader=NO)]
    for owner, given in ((NO, True), (LU, False)):
        await hits.say(drill.reference, hit, owner=owner, given=given, via="telephone", actor=OFFICER)
    shown = {reader: (await hits.show(drill.reference, hit, reader=reader)).model_dump_json() for reader in (LU, NO)}
    assert MET in shown[LU]
    assert f"What {NO} has seen" in shown[LU]
    assert MET not in shown[NO]
    assert f"What {LU} has seen" not in shown[NO]
    for outsider in ("csirt-fr", "liaison-de", "enisa"):
        assert await hits.listing(drill.reference, reader=outsider) == []


async def it_is_closed(play: Play) -> None:
    """Hour 48: closure to exactly those who were told of the launch, and nothing has leaked on the way."""
    drill = play.drill
    await drill.closed()
    launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
    assert await drill.readers(NoticeKind.CLOSURE) == launch
    seen = play.seen()
    nobody_else(seen, WIPER, play.cleared(Level.RESTREINT))
    assert who(seen, MET) == set()
    assert who(seen, TARGET) == {"liaison-de", "liaison-fr"}


async def test_at_each_hour_every_reader_has_seen_what_it_may(open_drill: OpenDrill, tmp_path: Path) -> None:
    """Seven moments of two days; after each, all bytes that were ever sent are searched for what is not everybody's."""
    async with open_drill() as drill:
        play = Play(drill, tmp_path / "home" / "outbox")
        await it_begins(play)
        await it_destroys(play)
        await two_actions_collide(play)
        await the_plan_goes_out(play)
        await two_contributions_meet(play)
        await one_owner_permits_and_one_refuses(play)
        await it_is_closed(play)
