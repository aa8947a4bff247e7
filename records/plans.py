"""The plan as the journal has it: its versions, and what was proposed. There is no table to fall out of step."""

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from leerp.journal import JournalEntry, JournalKind
from leerp.plan_alerts import PlanProposal, PlanVersion
from leerp.plans import Action, ActionFile
from records import documents, journal

_CHANGES = {JournalKind.PLAN_ACTION_ADDED, JournalKind.PLAN_VERSION_AGREED}
_PROPOSALS = {
    JournalKind.PLAN_ACTION_PROPOSED,
    JournalKind.PLAN_PROPOSAL_ACCEPTED,
    JournalKind.PLAN_PROPOSAL_DECLINED,
}


def actions_in(content: bytes) -> tuple[Action, ...]:
    """The actions in a document: one by itself, or several that came together."""
    if b'"actions"' in content[:64]:
        return ActionFile.model_validate_json(content).actions
    return (Action.model_validate_json(content),)


async def versions(c: AsyncConnection, reference: str) -> list[PlanVersion]:
    """Every version there was, the first one first, with who agreed to it."""
    found: dict[int, PlanVersion] = {}
    for entry in await journal.entries(c, reference, kinds=_CHANGES):
        number = _number(entry.data["version"])
        if entry.kind is JournalKind.PLAN_ACTION_ADDED:
            found[number] = _version(entry, found.get(number), number)
        elif number in found:
            agreed = tuple(sorted({*found[number].agreed_by, str(entry.data["country"])}))
            found[number] = found[number].model_copy(update={"agreed_by": agreed})
    return [found[number] for number in sorted(found)]


def _version(entry: JournalEntry, before: PlanVersion | None, number: int) -> PlanVersion:
    """What an entry says; several in one version are several actions that came with it."""
    named = entry.data.get("actions", [entry.data.get("action")])
    actions = tuple(str(one) for one in _list(named))
    documents_of = (str(entry.data["document"]),)
    return PlanVersion.model_validate(
        {
            "version": number,
            "at": entry.at,
            "by": entry.actor,
            "actions": (before.actions if before else ()) + actions,
            "documents": (before.documents if before else ()) + documents_of,
            "reason": entry.data.get("reason", ""),
        }
    )


async def content(c: AsyncConnection, reference: str, version: int) -> dict[str, Action]:
    """The actions of a version by id, as they came in; raises BadInputError when there was no such version."""
    known = await versions(c, reference)
    if version not in [one.version for one in known]:
        newest = f"there are {known[0].version} to {known[-1].version}" if known else "there is none yet"
        raise BadInputError(f"{reference} has no version {version} of its plan; {newest}")
    names = [name for one in known if one.version <= version for name in one.documents]
    stored = await documents.get_all(c, set(names))
    return {action.id: action for name in names for action in actions_in(stored[name])}


async def proposals(c: AsyncConnection, reference: str) -> list[PlanProposal]:
    """Everything that was proposed, in the order it came, with what was decided."""
    found: dict[str, PlanProposal] = {}
    for entry in await journal.entries(c, reference, kinds=_PROPOSALS):
        if entry.kind is JournalKind.PLAN_ACTION_PROPOSED:
            name = proposal_id(entry)
            data = {**entry.data, "id": name, "proposed_at": entry.at}
            found[name] = PlanProposal.model_validate(data)
        else:
            name = str(entry.data["proposal"])
            accepted = entry.kind is JournalKind.PLAN_PROPOSAL_ACCEPTED
            decided = {"accepted": accepted, "decided_by": entry.actor, "reason": str(entry.data.get("reason", ""))}
            found[name] = found[name].model_copy(update=decided)
    return list(found.values())


def proposal_id(entry: JournalEntry) -> str:
    """The name of a proposal: the number of its entry."""
    return f"P-{entry.seq}"


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
