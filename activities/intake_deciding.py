"""What becomes of each report of a batch: a duplicate, one more of a burst, one that joins an incident, or opens one.

Nothing is asked of the store and nothing written here. Each report sees what those before it in the batch have done.
"""

from datetime import UTC
from typing import NamedTuple

from pydantic import JsonValue

from activities.intake_reading import Prepared
from leerp import __version__
from leerp.journal import PROTOCOL, JournalKind
from leerp.notices import Mode
from leerp.protocol import Signal
from leerp.reports import IntakeOutcome, IntakeReceipt
from matrices import bursts as alike
from matrices.bursts import BurstRules, Run, Told
from records import incidents
from records.bursts import Burst, Standing, link
from records.journal import Draft, Due
from records.reports import Earlier, Kept
from records.taking_in import Known, Taken

_TOOL = f"leerp {__version__}"
"""What hashed and kept the bytes: the first line of a chain of custody."""


class _Joined(NamedTuple):
    """The incident that a report goes to, whether it is opened by it, and the shared observables that lead there."""

    incident: str
    opened: bool
    because: tuple[str, ...] = ()
    like: str | None = None


class Deciding:
    """One batch. `taken`: what is to be written when all have been decided."""

    def __init__(self, known: Known, *, mode: Mode, rules: BurstRules) -> None:
        self._known = known
        self._mode = mode
        self._rules = rules
        self.taken = Taken()

    def take(self, one: Prepared) -> IntakeReceipt:
        """Decide on the next report of the batch."""
        earlier = self._known.by_id.get(one.id) or self._known.by_content.get(one.hashed.content)
        standing = self._known.bursts.get(one.likeness)
        if standing and not alike.goes_on(_run(standing.burst), at=one.arrival.at, rules=self._rules):
            standing = None
        counted = standing is not None and self._is_counted(standing, one)
        if earlier is not None:
            return self._repeat(one, earlier, standing, counted=counted)
        if standing is not None and not standing.ongoing:
            standing = None
        if standing is not None and counted:
            return self._count(one, standing)
        return self._hand_on(one, standing)

    def _is_counted(self, standing: Standing, one: Prepared) -> bool:
        return alike.is_counted(_run(standing.burst), source=one.report.source, at=one.arrival.at, rules=self._rules)

    def _repeat(self, one: Prepared, earlier: Earlier, standing: Standing | None, *, counted: bool) -> IntakeReceipt:
        """A duplicate is noted once for each source and id that brings it; of many in a row only their number is.

        What is handed in again under its own id is no news of any kind.
        """
        if standing is not None and one.id != earlier.id:
            self._grow(one, standing, duplicates=int(counted))
        if not counted:
            kind = JournalKind.DETECTION_REPORT_DUPLICATED
            data: dict[str, JsonValue] = {"report": earlier.id, "source": one.report.source, "repeats_as": one.id}
            data |= one.arrival.manner.data
            due = Due(earlier.incident, one.arrival.at, one.arrival.by, Draft(kind, data, f"duplicate/{one.id}"))
            self.taken.entries.append(due)
        return IntakeReceipt(report=earlier.id, incident=earlier.incident, outcome=IntakeOutcome.DUPLICATE)

    def _count(self, one: Prepared, standing: Standing) -> IntakeReceipt:
        """Keep one more of a burst: found by its id and to the byte, and not handed on by itself."""
        leading = standing.burst.leading
        self._grow(one, standing, counted=1)
        self._is_there(one, standing.incident)
        self.taken.counted.append((leading, one.ready))
        because = tuple(sorted(one.joining.values()))
        return IntakeReceipt(
            report=one.id, incident=standing.incident, outcome=IntakeOutcome.JOINED, because=because, counted_on=leading
        )

    def _hand_on(self, one: Prepared, standing: Standing | None) -> IntakeReceipt:
        """Store it with all that is journalled of it, and have its incident told."""
        where = self._where(one, standing)
        incident = where.incident
        self._is_there(one, incident)
        self.taken.kept.append(Kept(one.ready, incident))
        self._received(one, incident)
        if where.opened:
            outcome = IntakeOutcome.CREATED
        else:
            outcome = IntakeOutcome.JOINED
            data: dict[str, JsonValue] = {"report": one.id, "observables_shared": len(where.because)}
            data |= {"like": where.like} if where.like else {}
            self._note(one, incident, Draft(JournalKind.DETECTION_INCIDENT_JOINED, data, f"joined/{one.id}"))
            before = self.taken.marked.get(incident, one.marking)
            self.taken.marked[incident] = before if before == one.marking else before.join(one.marking)
        if one.routed is not None:
            self.taken.entries.append(Due(incident, one.arrival.at, PROTOCOL, one.routed))
        self.taken.signals.append((incident, Signal.REPORT, one.id))
        for digest in one.joining:
            self._known.shared.setdefault(digest, set()).add(incident)
        self._lead_or_follow(one, incident, standing)
        return IntakeReceipt(report=one.id, incident=incident, outcome=outcome, because=where.because)

    def _is_there(self, one: Prepared, incident: str) -> None:
        self._known.by_id[one.id] = self._known.by_content[one.hashed.content] = Earlier(one.id, incident)

    def _received(self, one: Prepared, incident: str) -> None:
        received: dict[str, JsonValue] = {
            "report": one.id,
            "source": one.report.source,
            "marking": one.marking.banner,
            "content_sha256": one.hashed.content,
            "raw_sha256": one.hashed.raw,
            "not_read": len(one.report.notes),
            "tool": _TOOL,
            **one.arrival.manner.data,
        }
        kind = JournalKind.DETECTION_REPORT_RECEIVED
        self._note(one, incident, Draft(kind, received, f"received/{one.id}"))

    def _where(self, one: Prepared, standing: Standing | None) -> _Joined:
        """Where reports like it go; else the incident with most in common, of equals the oldest; else one of its own.

        The reference of the oldest sorts first.
        """
        in_common: dict[str, list[str]] = {}
        for digest, observable in one.joining.items():
            for incident in self._known.shared.get(digest, ()):
                in_common.setdefault(incident, []).append(observable)
        if standing is not None:
            because = tuple(sorted(in_common.get(standing.incident, ())))
            return _Joined(standing.incident, False, because, None if because else standing.burst.leading)
        if in_common:
            incident = min(in_common, key=lambda reference: (-len(in_common[reference]), reference))
            return _Joined(incident, False, tuple(sorted(in_common[incident])))
        return _Joined(self._open(one), True)

    def _open(self, one: Prepared) -> str:
        year = one.arrival.at.astimezone(UTC).year
        self._known.last_numbers[year] += 1
        row = incidents.new_row(
            mode=self._mode,
            at=one.arrival.at,
            title=one.report.title,
            marking=one.marking,
            policy=one.opening.policy,
            clock=one.opening.clock,
            secret=one.opening.secret(),
        )
        numbered = incidents.numbered(row, self._known.last_numbers[year])
        self.taken.opened.append(numbered)
        reference = str(numbered["reference"])
        data: dict[str, JsonValue] = {"mode": self._mode.value}
        self._note(one, reference, Draft(JournalKind.DETECTION_INCIDENT_OPENED, data, "opened"))
        return reference

    def _lead_or_follow(self, one: Prepared, incident: str, standing: Standing | None) -> None:
        """It is one more of a burst that is not counted yet, or the first of what may become one."""
        if standing is not None:
            self._grow(one, standing)
            return
        at = one.arrival.at
        burst = Burst(
            leading=one.id,
            mode=self._mode,
            likeness=one.likeness,
            seen=1,
            first_at=at,
            last_at=at,
            sources={one.report.source: 1},
        )
        self._keep(Standing(burst, incident, ongoing=True))

    def _grow(self, one: Prepared, standing: Standing, *, counted: int = 0, duplicates: int = 0) -> None:
        """One more like the leading one; the journal says so now and then."""
        burst, source, at = standing.burst, one.report.source, one.arrival.at
        grown = burst.model_copy(
            update={
                "seen": burst.seen + 1,
                "counted": burst.counted + counted,
                "duplicates": burst.duplicates + duplicates,
                "last_at": max(burst.last_at, at),
                "sources": {**burst.sources, source: burst.sources.get(source, 0) + 1},
                "chain": link(burst.chain, one.hashed.raw) if counted else burst.chain,
            }
        )
        told = Told(burst.told, burst.told_at)
        if alike.is_to_tell(told, counted=grown.not_handed_on, at=at, rules=self._rules):
            grown, draft = grown.told_now(at)
            self.taken.entries.append(Due(standing.incident, at, PROTOCOL, draft))
        self._keep(Standing(grown, standing.incident, standing.ongoing))

    def _keep(self, standing: Standing) -> None:
        self._known.bursts[standing.burst.likeness] = standing
        self.taken.bursts[standing.burst.leading] = standing.burst

    def _note(self, one: Prepared, incident: str, draft: Draft) -> None:
        """An entry about what is stored now: neither it nor its key can be there yet."""
        self.taken.entries.append(Due(incident, one.arrival.at, one.arrival.by, draft, new=True))


def _run(burst: Burst) -> Run:
    return Run(burst.seen, burst.last_at, burst.sources)
