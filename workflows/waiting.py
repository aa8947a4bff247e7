"""Waiting for people: the type of the wait that steps use, and what an incident says it waits for."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from leerp.incidents import Choice, Phase
from leerp.protocol import Carried, Draft


class Wait(Protocol):
    """Wait for a condition, taking in what arrives meanwhile; False when the time `at` came first."""

    async def __call__(self, condition: Callable[[], bool], *, at: datetime | None = None) -> bool:
        """Wait."""


_STEP_WAITS = {
    Phase.DETECTION: "the first report to be taken in",
    Phase.WARNING: "the early warning to be released (release)",
    Phase.PLAN: "the action plan to be made and released (plan meet, plan add, plan draft, release)",
    Phase.INVESTIGATION: "contributions, updates, or the end (contribute, warn, close)",
}


def waits(state: Carried) -> tuple[str, ...]:
    """What an incident waits for, in words that name the act; empty once it has ended."""
    if state.closed:
        return ()
    lines = [_STEP_WAITS[state.phase]] if state.phase in _STEP_WAITS else []
    if state.phase is Phase.TRIAGE and state.choice in (None, Choice.WATCH):
        lines.append("a decision: launch, normal or watch (decide)")
    if state.phase is Phase.TRIAGE and state.choice is Choice.WATCH and state.recommended is Choice.LAUNCH:
        lines.append("somebody to look again: a launch is recommended now (decide)")
    if state.in_doubt and not state.closing_approved:
        lines.append("a decision: a launched protocol is recommended no more (reconsider, or close normal_procedure)")
    told, threat = state.told_threat, state.threat
    if state.phase.rank > Phase.TRIAGE.rank and told and threat and told.rank != threat.rank:
        direction = "rose" if threat.rank > told.rank else "fell"
        lines.append(f"the readers to be told that the level {direction} to {threat.level} (warn --update, release)")
    for pending, what in ((state.pending, "decide"), (state.closing, "close")):
        if pending and not (what == "close" and state.closing_approved):
            lines.append(f"a second person to confirm {pending.choice}, proposed by {pending.actor} ({what})")
    lines.extend(
        f"notice {draft.notice} ({draft.kind.value}) "
        + (
            f"to be approved by a second person (proposed by {draft.proposed_by}{_ground(draft)})"
            if draft.proposed_by
            else "to be released"
        )
        + (f"; it {draft.relation.value} {draft.earlier}" if draft.relation else "")
        for draft in state.drafts
    )
    if state.overriding:
        what = f"an override of {state.overriding.notice} for {', '.join(state.overriding.readers)}"
        lines.append(f"a second approver to confirm {what}, proposed by {state.overriding.actor} (override)")
    return tuple(lines)


def _ground(draft: Draft) -> str:
    """On what ground personal data would go to private parties, so that the second person knows what it approves."""
    return f", personal data to private parties: {draft.proposed_ground.value}" if draft.proposed_ground else ""
