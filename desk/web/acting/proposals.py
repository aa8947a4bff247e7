"""What one person has proposed and a second must confirm, as the journal has it."""

from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.access.principals import Principal
from leerp.journal import JournalEntry, JournalKind
from leerp.stakeholders import Directory, Role
from records import journal

_RELEASES = (
    JournalKind.COORDINATION_RELEASE_PROPOSED,
    JournalKind.WARNING_RELEASE_PROPOSED,
    JournalKind.PLAN_RELEASE_PROPOSED,
    JournalKind.INVESTIGATION_RELEASE_PROPOSED,
)


class Proposal(NamedTuple):
    """Who has proposed what, and why."""

    by: str
    at: str
    reason: str
    data: dict[str, JsonValue]

    @property
    def sentence(self) -> str:
        """The same in words."""
        what = str(self.data.get("choice") or self.data.get("notice") or "it").replace("_", " ")
        return f"{self.by} has proposed {what} at {self.at[:16].replace('T', ' ')} UTC: {self.reason}"


async def decision(c: AsyncConnection, reference: str) -> Proposal | None:
    """The decision at the end of triage that waits."""
    return await _waiting(c, reference, JournalKind.TRIAGE_DECISION_PROPOSED, JournalKind.TRIAGE_DECISION_MADE)


async def closure(c: AsyncConnection, reference: str) -> Proposal | None:
    """The closure that waits."""
    proposed, approved = JournalKind.CLOSURE_CONTAINMENT_PROPOSED, JournalKind.CLOSURE_CONTAINMENT_APPROVED
    return await _waiting(c, reference, proposed, approved)


async def override(c: AsyncConnection, reference: str) -> Proposal | None:
    """The override that waits."""
    proposed, done = JournalKind.DELIVERY_OVERRIDE_PROPOSED, JournalKind.DELIVERY_RESTRICTION_LIFTED
    return await _waiting(c, reference, proposed, done)


async def release(c: AsyncConnection, reference: str, notice: str) -> Proposal | None:
    """Who has proposed the release of a draft."""
    entries = await journal.entries(c, reference, kinds=_RELEASES)
    found = [entry for entry in entries if entry.data.get("notice") == notice]
    return _read(found[-1]) if found else None


def confirming(proposal: Proposal | None, *, two: bool, principal: Principal, directory: Directory) -> str:
    """Who must confirm what this person is about to say, in words; empty where nobody must."""
    if not two:
        return "One person decides this."
    if proposal is None:
        approver = Role.APPROVER in principal.roles
        second = "a second person" if approver else "a second person, who is an approver,"
        return f"Your word proposes it; {second} must confirm it."
    if proposal.by == principal.id:
        return "You have proposed this; a second person must confirm it."
    first = directory.officer(proposal.by)
    if Role.APPROVER not in principal.roles and (first is None or Role.APPROVER not in first.roles):
        return f"{proposal.by} has proposed this; one of the two must be an approver, and neither of you is."
    return f"{proposal.by} has proposed this; your word confirms it, and it is done."


async def _waiting(c: AsyncConnection, reference: str, proposed: JournalKind, done: JournalKind) -> Proposal | None:
    entries = await journal.entries(c, reference, kinds={proposed, done})
    return _read(entries[-1]) if entries and entries[-1].kind is proposed else None


def _read(entry: JournalEntry) -> Proposal:
    return Proposal(entry.actor, entry.at, str(entry.data.get("reason", "")), entry.data)
