"""The rules of DESIGN §4 as one checker of what a run has left. It asks the files, and none of the code under test.

`broken(left)` gives a line for every breach: the rule's name, a colon, and what is wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from leerp.errors import BadInputError
from leerp.journal import verify
from leerp.marking import Level, Marking, Tlp
from leerp.stakeholders import Stakeholder
from tests.exercises.left_behind import GOT, LAUNCH, Incident, LeftBehind, Line, Received, words_of

Rule = Callable[[LeftBehind], Iterator[str]]

ORDER = list(Level)
MARK = "EXERCISE"


def broken(left: LeftBehind) -> list[str]:
    """Every breach of every rule; nothing when all of them hold."""
    return [f"{rule.__name__}: {breach}" for rule in RULES for breach in rule(left)]


def the_ledger_adds_up(left: LeftBehind) -> Iterator[str]:
    """Rule 7: planned = sent + failed + withheld + pending, by the sums and by the lines; each failure has a reason."""
    for incident in left.incidents:
        states: dict[str, Counter[str]] = defaultdict(Counter)
        for line in incident.ledger:
            states[line["notice"]][line["state"]] += 1
            if line["state"] in ("failed", "withheld") and not line["reason"]:
                yield f"{line['notice']}, {line['reader']}: {line['state']} without a reason"
        for notice in incident.view["notices"]:
            sums = {name: notice[name] for name in ("sent", "failed", "withheld", "pending")}
            lines = states.pop(notice["id"], Counter())
            if notice["planned"] != sum(sums.values()):
                yield f"{notice['id']}: {notice['planned']} planned, {sums}"
            counted = {"sent": lines["sent"] + lines["acknowledged"], "failed": lines["failed"]}
            counted |= {"withheld": lines["withheld"], "pending": lines["planned"] + lines["sending"]}
            if counted != sums:
                yield f"{notice['id']}: {sums}, and by its lines {counted}"
        for notice_id in states:
            yield f"{notice_id}: deliveries of a notice that is not there"


def nobody_is_told_twice(left: LeftBehind) -> Iterator[str]:
    """Rule 8: once over each channel; over a second one only who was asked again; and the very bytes of the ledger."""
    asked_again = _asked_again(left)
    got: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in left.ledger:
        if line["state"] in GOT:
            got[(line["notice"], line["reader"])].append(line)
    for (notice, reader), lines in got.items():
        channels = [line["channel"] for line in lines]
        if len(set(channels)) != len(channels):
            yield f"{notice} went to {reader} twice over one channel"
        if len(lines) > 1 and (notice, reader) not in asked_again:
            yield f"{notice} went to {reader} over {channels}, and nobody asked again"
    for incident in left.incidents:
        for entry in incident.of_kind("delivery.message.repeated"):
            yield f"entry {entry['seq']}: a folder can tell a repeat, and yet one may have gone twice"
    yield from _folders(left.received, got)


def _asked_again(left: LeftBehind) -> set[tuple[str, str]]:
    entries = [one for incident in left.incidents for one in incident.of_kind("delivery.reader.escalated")]
    return {(one["data"]["notice"], reader) for one in entries for reader in one["data"]["readers"]}


def _folders(received: list[Received], got: dict[tuple[str, str], list[Line]]) -> Iterator[str]:
    """Every folder is a message of the ledger, and every message has its folder."""
    found: dict[tuple[str, str], list[Received]] = defaultdict(list)
    for one in received:
        found[(one.notice, one.reader)].append(one)
    for notice, reader in sorted(found.keys() - got.keys()):
        yield f"{reader} has files of {notice}, and the ledger has sent none"
    for key, lines in got.items():
        kept = {one.sha256 for one in found.get(key, [])}
        told = {line["variant_sha256"] for line in lines}
        if kept != told or len(found.get(key, [])) > len(lines):
            yield f"what {key[1]} holds of {key[0]} is not what the ledger says was sent"


def nobody_sees_what_is_not_theirs(left: LeftBehind) -> Iterator[str]:
    """Rules 4 and 5: no word of a portion in any file of a reader who may not have it, in any form."""
    channels = _channels(left)
    for one in left.received:
        reader = left.stakeholder(one.reader)
        over = one.channels or channels.get((one.notice, one.reader), ())
        for name, content in one.files.items():
            words = "".join(words_of(name, content).split())
            for canary, (marking, provider) in left.canaries.items():
                if canary in words and not any(
                    _may_have(marking, provider, reader, left.maximum(channel), left.scenario.end) for channel in over
                ):
                    yield f"{one.reader} finds {canary} in {name} of {one.notice}; it is marked {marking.banner}"


def _channels(left: LeftBehind) -> dict[tuple[str, str], tuple[str, ...]]:
    """The channels over which each reader was sent each notice."""
    found: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for line in left.ledger:
        if line["state"] in GOT:
            found[(line["notice"], line["reader"])] += (line["channel"],)
    return found


def _may_have(marking: Marking, provider: str, reader: Stakeholder | None, maximum: Level | None, at: datetime) -> bool:
    """A plain reading of DESIGN rule 5: clearance, channel, and every clause of releasability. Unknown is no."""
    if reader is None or maximum is None or ORDER.index(marking.level) > ORDER.index(maximum):
        return False
    if marking.level is not Level.PUBLIC:
        if reader.clearance is None or ORDER.index(reader.clearance) < ORDER.index(marking.level):
            return False
        if reader.cleared_until is not None and reader.cleared_until <= at:
            return False
    if reader.id == provider:
        return True
    mine = {f"reader:{reader.id}", f"group:{reader.group}", f"country:{reader.country}"}
    mine |= {f"circle:{circle}" for circle in reader.need_to_know}
    return marking.tlp is not Tlp.RED and all(mine & set(clause) for clause in marking.releasable_to)


def the_journal_verifies(left: LeftBehind) -> Iterator[str]:
    """Rule 11: the chain of every incident is whole."""
    for incident in left.incidents:
        try:
            verify(incident.journal)
        except BadInputError as error:
            yield error.sentence


def every_report_is_in_one_incident(left: LeftBehind) -> Iterator[str]:
    """Rule 12: what was accepted stands in the journal of exactly the incident that the answer named."""
    where: dict[str, list[str]] = defaultdict(list)
    for incident in left.incidents:
        for entry in incident.of_kind("detection.report.received"):
            where[entry["data"]["report"]].append(entry["incident"])
    for note in left.played:
        if note["report"] and where.get(note["report"], []) != [note["incident"]]:
            yield f"inject {note['number']}: {note['report']} is in {where.get(note['report'], [])}"
    answered = {note["report"] for note in left.played}
    for report in where.keys() - answered:
        yield f"{report} stands in the journal, and nobody has sent it"


_REASONED = (
    *("decision.proposed", "decision.made", "grade.proposed", "grade.changed", "facts.assessed", "release.proposed"),
    *("notice.released", "containment.proposed", "containment.approved", "incident.closed", "version.agreed"),
    *("reader.added", "action.added"),  # the reason of a handover stands with the decision for it
)


def every_decision_has_its_reasons(left: LeftBehind) -> Iterator[str]:
    """Who decided, and why, stands with everything that a person has decided."""
    for incident in left.incidents:
        for entry in incident.of_kind(*_REASONED):
            if not str(entry["data"].get("reason") or "").strip() or not entry["actor"]:
                yield f"{entry['incident']}, entry {entry['seq']} ({entry['kind']}) gives no reason"


_BY_TWO = {"decision.made": "decide", "notice.released": "release", "containment.approved": "close"}
_BY_THEMSELVES = ("launch_internal", "launch_external", "closure", "meeting", "provider", "deconfliction", "recall")
"""Kinds of notices that go out on a decision that was made before, or that one person calls."""


def four_eyes_are_kept(left: LeftBehind) -> Iterator[str]:
    """Where the policy asks for two: one has proposed it before, another one has approved, one of them an approver."""
    for incident in left.incidents:
        for ending, act in _BY_TWO.items():
            if act in left.centre.policy.four_eyes:
                for entry in incident.of_kind(ending):
                    if _takes_two(entry) and not _two_did(entry, incident, left):
                        yield f"{entry['incident']}, entry {entry['seq']} ({entry['kind']}) is not by two"


def _takes_two(entry: Line) -> bool:
    data = entry["data"]
    if entry["kind"] == "triage.decision.made":
        return bool(data["choice"] == "launch")
    return data.get("kind") not in _BY_THEMSELVES


def _two_did(entry: Line, incident: Incident, left: LeftBehind) -> bool:
    first, second = entry["data"].get("proposed_by"), entry["data"].get("approved_by")
    ending = {"made": "proposed", "released": "release.proposed", "approved": "proposed"}
    wanted = ending[entry["kind"].rpartition(".")[2]]
    proposed = {one["actor"] for one in incident.of_kind(wanted) if one["seq"] < entry["seq"]}
    approvers = {one.id for one in left.centre.team if "approver" in one.roles}
    return bool(first and second and first != second and first in proposed and {first, second} & approvers)


def everything_is_marked(left: LeftBehind) -> Iterator[str]:
    """Rule 10: the incident is an exercise by its name, and every file that a reader holds says so."""
    for incident in left.incidents:
        if not incident.view["reference"].startswith(MARK) or incident.view["mode"] != "exercise":
            yield f"{incident.view['reference']} does not say that it is an exercise"
    for one in left.received:
        for name, content in one.files.items():
            if MARK not in words_of(name, content):
                yield f"{name} of {one.notice} for {one.reader} does not say that it is an exercise"


def a_refused_act_left_nothing_but_its_line(left: LeftBehind) -> Iterator[str]:
    """In the second of a refusal there is nothing else of that person in the journal."""
    entries = [entry for incident in left.incidents for entry in incident.entries]
    at_once = Counter((note["sender"], note["at"][:19]) for note in left.played)
    officers = {one.id for one in left.centre.team}
    for note in left.played:
        moment = (note["sender"], note["at"][:19])
        if not note["refused"] or at_once[moment] > 1 or note["sender"] not in officers:
            continue
        mine = [entry for entry in entries if (entry["actor"], entry["at"][:19]) == moment]
        others = [entry["kind"] for entry in mine if entry["kind"] != "desk.act.refused"]
        if others or len(mine) > 1:
            yield f"inject {note['number']} was refused ({note['refused']}) and left {[one['kind'] for one in mine]}"
        if not mine and note["incident"]:
            yield f"inject {note['number']} was refused ({note['refused']}), and no line says so"


def no_launch_without_a_decision(left: LeftBehind) -> Iterator[str]:
    """Rule 3: nobody is told of a launch, and no centre is opened, unless a launch was decided before."""
    for incident in left.incidents:
        launched = [one["seq"] for one in incident.of_kind("decision.made") if one["data"]["choice"] == "launch"]
        for entry in incident.of_kind("centre.opened", "notice.released"):
            begun = entry["kind"].endswith("centre.opened") or entry["data"].get("kind") in LAUNCH
            if begun and not any(seq < entry["seq"] for seq in launched):
                yield f"{entry['incident']}, entry {entry['seq']}: {entry['kind']} before any launch was decided"


def closure_reaches_exactly_the_launch_readers(left: LeftBehind) -> Iterator[str]:
    """Rule 9: whom the launch notices have reached, and nobody else; once it has gone to everybody."""
    for incident in left.incidents:
        lines = [line for line in incident.ledger if line["kind"] == "closure"]
        if not lines:
            continue
        told = {line["reader"] for line in incident.ledger if line["kind"] in LAUNCH and line["state"] in GOT}
        planned = {line["reader"] for line in lines}
        if planned != told:
            yield f"{incident.view['reference']}: launch {sorted(told - planned)}, closure {sorted(planned - told)}"


def the_provider_grades(left: LeftBehind) -> Iterator[str]:
    """Rule 2: a grade changes only with the agreement of who gave it."""
    for incident in left.incidents:
        for entry in incident.of_kind("grade.changed"):
            if not entry["data"].get("provider_agrees") and entry["data"].get("by") != "centre":
                yield f"{entry['incident']}, entry {entry['seq']}: a grade was changed without its provider"


def the_presumption_stands_until_evidence(left: LeftBehind) -> Iterator[str]:
    """Rule 1: an incident is presumed criminal when it is classified first, unless evidence was there by then."""
    for incident in left.incidents:
        kinds = [one["kind"] for one in incident.entries]
        settled = {"triage.presumption.raised", "triage.presumption.rebutted"}
        if "triage.incident.classified" in kinds and settled.isdisjoint(kinds):
            yield f"{incident.view['reference']}: classified, and nothing was presumed"
        for entry in incident.of_kind("presumption.rebutted"):
            if not entry["data"].get("evidence"):
                yield f"{entry['incident']}, entry {entry['seq']}: the presumption fell without evidence"


def nothing_stands_in_two_seconds_at_once(left: LeftBehind) -> Iterator[str]:
    """The time of a journal goes forward, but for parts of a second."""
    for incident in left.incidents:
        times = [datetime.fromisoformat(one["at"]) for one in incident.entries]
        for earlier, later, entry in zip(times, times[1:], incident.entries[1:], strict=False):
            if earlier - later > timedelta(seconds=1):
                yield f"{entry['incident']}, entry {entry['seq']} is older than the one before it"


RULES: tuple[Rule, ...] = (
    the_presumption_stands_until_evidence,
    the_provider_grades,
    no_launch_without_a_decision,
    nobody_sees_what_is_not_theirs,
    the_ledger_adds_up,
    nobody_is_told_twice,
    closure_reaches_exactly_the_launch_readers,
    everything_is_marked,
    the_journal_verifies,
    every_report_is_in_one_incident,
    every_decision_has_its_reasons,
    four_eyes_are_kept,
    a_refused_act_left_nothing_but_its_line,
    nothing_stands_in_two_seconds_at_once,
)
