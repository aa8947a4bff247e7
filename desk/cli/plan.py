"""`leerp plan`: actions, proposals, states, sealed targets, alerts, versions."""

import os
import secrets
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Annotated, Self

from cyclopts import App, Parameter
from pydantic import JsonValue

from activities.operation_keys import OperationKeyActs
from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, send_act, who_acts
from desk.cli.running import SMALL_FILE, Answer, read_file, write_file
from desk.making import Maker, read_actions
from leerp.errors import BadInputError
from leerp.formats.strict import json_of, model_of, yaml_model
from leerp.incidents import IncidentView
from leerp.journal import JournalKind
from leerp.plan_acts import PlanAcceptAct, PlanDeclineAct, PlanOutcomeAct, PlanProposeAct, PlanStateAct
from leerp.plan_alerts import Alert, Outcome
from leerp.plans import Action, ActionState
from leerp.pointers import KEY_BYTES, OperationKey
from leerp.pointers import seal as sealed_by
from leerp.protocol import ActName, PlanAddAct
from leerp.settings import Settings
from matrices.dependencies import blocked
from records import journal, plan_alerts, plan_waits, plans
from records.views import incident_view

BIG_FILE = 8 * 1024 * 1024
SEALED_TITLE = "Action with sealed targets"
KEPT = ("id", "type", "owner", "country", "starts_at", "ends_at", "after", "needs", "marking")
"""What a sealed action shows of the open one."""

From = Annotated[str, Parameter(name="--from", help="The stakeholder who proposes it.")]
Command = Callable[..., Awaitable[Answer]]


def add_to(app: App) -> None:
    """Add these commands to those of the plan."""
    plan = app["plan"]
    commands: tuple[Command, ...] = (add, propose, accept, decline, state, alerts, outcome, versions, key, show)
    for command in commands:
        plan.command(command)
    plan.command(seal)


async def add(reference: str, file: Path, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Add an action from a YAML or JSON file, or replace the action with its id; conflicts are found at once.

    A file with a list `actions` brings up to 1,000 of them: all come into the plan together, or none.
    """
    document = await _kept(file)
    return await send_act(ActName.PLAN_ADD, reference, PlanAddAct, officer=officer, action=document, reason=reason)


async def _kept(file: Path) -> str:
    """Keep the action of a file, or its actions."""
    actions = read_actions(read_file(str(file), limit=BIG_FILE), name=str(file))
    async with open_house(Settings()) as house:
        return await Maker(house).keep_actions(actions)


async def propose(
    reference: str, file: Path, *, proposer: From, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Record an action that a stakeholder proposes; with how many it would collide is said at once."""
    fields = {"action": await _kept(file), "proposed_by": proposer, "reason": reason}
    return await send_act(ActName.PLAN_PROPOSE, reference, PlanProposeAct, officer=officer, **fields)


async def accept(reference: str, proposal: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Take a proposal into the plan, as a new version of it."""
    fields = {"proposal": proposal, "reason": reason}
    return await send_act(ActName.PLAN_ACCEPT, reference, PlanAcceptAct, officer=officer, **fields)


async def decline(reference: str, proposal: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Decline a proposal, with a reason."""
    fields = {"proposal": proposal, "reason": reason}
    return await send_act(ActName.PLAN_DECLINE, reference, PlanDeclineAct, officer=officer, **fields)


async def state(
    reference: str, action: str, becomes: ActionState, *, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Say how far an action is. It makes no new version, and nobody has to agree again."""
    fields = {"action": action, "state": becomes, "reason": reason}
    return await send_act(ActName.PLAN_STATE, reference, PlanStateAct, officer=officer, **fields)


async def outcome(
    reference: str, alert: str, result: Outcome, *, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Record what the owners of two colliding actions have agreed on: proceed, joint, delay or cancel."""
    fields = {"alert": alert, "outcome": result, "reason": reason}
    return await send_act(ActName.PLAN_OUTCOME, reference, PlanOutcomeAct, officer=officer, **fields)


async def alerts(
    reference: str, *, everything: Annotated[bool, Parameter(name="--all", negative="")] = False
) -> Answer:
    """Show the alerts that are open, with who has confirmed; with --all those that are settled too."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        await incident_view(connection, reference)
        found = [one for one in await plan_alerts.of_incident(connection, reference) if everything or one.open]
    header = ("alert", "level", "actions", "not confirmed by", "until", "outcome")
    lines = [] if found else [f"{reference}: no {'' if everything else 'open '}alerts"]
    return Answer(data=found, lines=lines, header=header if found else (), rows=[_alert_row(one) for one in found])


def _alert_row(alert: Alert) -> tuple[object, ...]:
    sides = " / ".join(f"{side.action} in {side.incident} ({side.owner})" for side in alert.sides)
    result = alert.outcome.value if alert.outcome else "collide no more" if alert.closed else None
    return alert.id, alert.level.value, sides, ", ".join(alert.silent), alert.answer_by, result


async def versions(reference: str, *, version: int | None = None, compare: int | None = None) -> Answer:
    """List the versions of the plan; with --version what stood in one, and with --compare what another one changed."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        await incident_view(connection, reference)
        if version is None and compare is None:
            known = await plans.versions(connection, reference)
            rows = [(one.version, one.at, one.by, ", ".join(one.actions), ", ".join(one.agreed_by)) for one in known]
            return Answer(data=known, header=("version", "at", "by", "actions", "agreed by"), rows=rows)
        if version is None:
            raise BadInputError("--compare takes another version; say which with --version")
        content = await plans.content(connection, reference, version)
        other = await plans.content(connection, reference, compare) if compare is not None else None
    if other is None:
        return Answer(data=list(content.values()), header=_HEADER, rows=_rows(content.values()))
    changes = _changes(content, other)
    lines = [f"{what} {name}" + (f": {', '.join(fields)}" if fields else "") for name, what, fields in changes]
    data = [{"action": name, "what": what, "fields": fields} for name, what, fields in changes]
    return Answer(data=data, lines=lines or [f"version {version} and version {compare} are the same"])


def _changes(before: dict[str, Action], after: dict[str, Action]) -> list[tuple[str, str, list[str]]]:
    """What is added, taken out or changed from one version to another, with the fields that are."""
    found = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            found.append((name, "added" if name in after else "taken out", list[str]()))
        elif before[name] != after[name]:
            old, new = dict(before[name]), dict(after[name])
            found.append((name, "changed", [field for field in new if new[field] != old[field]]))
    return found


async def key(
    reference: str,
    *,
    to: Annotated[str | None, Parameter(help="The stakeholder it is given to; with --out.")] = None,
    out: Annotated[Path | None, Parameter(help="The file to write the key into, for that stakeholder alone.")] = None,
    rotate: Annotated[bool, Parameter(negative="", help="Replace the key by a new one.")] = False,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Make or replace the key under which the targets of this operation are sealed, or give it to a stakeholder.

    Whoever holds it and sees sealed targets can try which addresses and names they are: hand it over in person or
    encrypted, and only to who seals.
    """
    if (to is None) != (out is None) or (to is not None and rotate):
        raise BadInputError("say --to STAKEHOLDER and --out FILE together; replace the key first, without them")
    async with open_house(Settings()) as house:
        acts, actor = OperationKeyActs(house.rooms), who_acts(house, officer)
        if to is None or out is None:
            made = await acts.make(reference, actor=actor, reason=reason, rotate=rotate)
            return _key_answer(made, f"{reference}: the key is {made.key}, made at {made.made_at.isoformat()}")
        with _NewFile(out) as file:
            made = await acts.give(reference, to=to, actor=actor, reason=reason)
            file.write(made.model_dump_json(indent=2).encode() + b"\n")
    return _key_answer(made, f"{out}: the key {made.key} of {reference}, for {to} alone")


def _key_answer(made: OperationKey, line: str) -> Answer:
    """Never the secret."""
    return Answer(data=made.model_dump(mode="json", exclude={"secret"}), lines=[line])


class _NewFile:
    """A file that nobody else can read and that was not there before; nothing is left of it if something fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise BadInputError(f"{path}: cannot be written ({error.strerror})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def write(self, content: bytes) -> None:
        """Write into it."""
        self._file.write(content)


def seal(
    file: Path,
    *,
    key: Annotated[Path, Parameter(help="The key file that the coordination centre has given you.")],
    out: Annotated[Path | None, Parameter(help="Where to write the sealed action; else to the terminal.")] = None,
) -> Answer:
    """Seal the targets of an action; it needs no connection. What comes out shows owner, type and window alone."""
    action = yaml_model(Action, read_file(str(file), limit=SMALL_FILE), name=str(file))
    content = read_file(str(key), limit=SMALL_FILE)
    with_key = model_of(OperationKey, json_of(content, name=str(key)), name=str(key))
    if action.sealed is not None:
        raise BadInputError(f"{file}: action {action.id} is sealed already; seal the one with its targets")
    tokens = sealed_by(action.targets, key=with_key, nonce=secrets.token_bytes(KEY_BYTES))
    shown = {name: getattr(action, name) for name in KEPT}
    sealed = Action(title=SEALED_TITLE, sealed=tokens, **shown)
    if out is None:
        return Answer(data=sealed, lines=[sealed.model_dump_json(indent=2, exclude_defaults=True)])
    write_file(str(out), sealed.model_dump_json(indent=2, exclude_defaults=True).encode() + b"\n")
    line = f"{out}: {action.id}, its targets sealed under {with_key.key} of {with_key.operation}"
    return Answer(data={"file": str(out), "action": action.id, "key": with_key.key}, lines=[line])


_HEADER = ("action", "type", "owner", "state", "from", "to", "waits for")


async def show(reference: str) -> Answer:
    """Show the plan: actions, conflicts, who has agreed; what is overdue, blocked, proposed, alerted."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        view = await incident_view(connection, reference)
        late = await plan_waits.late(connection, reference, view.plan)
        suggested = await journal.entries(connection, reference, kinds={JournalKind.PLAN_TEAM_SUGGESTED})
    held_up = {name: list(why) for name, why in blocked(view.plan.actions, late=late).items()}
    team = [str(entry.data["because"]) for entry in suggested]
    more: dict[str, JsonValue] = {
        "overdue": [*late],
        "blocked": {name: [*why] for name, why in held_up.items()},
        "joint_team": [*team],
    }
    more |= {"alerts": [one.model_dump(mode="json") for one in view.plan_alerts if one.open]}
    more |= {"proposals": [one.model_dump(mode="json") for one in view.plan_proposals if one.accepted is None]}
    lines = _lines(view, late, held_up, team)
    return Answer(
        data=view.plan.model_dump(mode="json") | more, lines=lines, header=_HEADER, rows=_rows(view.plan.actions)
    )


def _lines(view: IncidentView, late: tuple[str, ...], held_up: dict[str, list[str]], team: list[str]) -> list[str]:
    plan = view.plan
    agreed = ", ".join(plan.agreed_by) or "nobody yet"
    lines = [f"version {plan.version}, agreed by {agreed}, disseminated version {plan.disseminated_version}"]
    lines += [f"{one.alert.value}: {one.first} and {one.second}: {one.because}" for one in plan.conflicts]
    lines += [f"overdue: {name}" for name in late]
    lines += [f"blocked: {name}: {', '.join(why)}" for name, why in held_up.items()]
    lines += [
        f"proposed: {one.id}: {one.action} by {one.proposed_by}" for one in view.plan_proposals if one.accepted is None
    ]
    lines += [
        f"alert {one.id}: {one.level.value}, {len(one.silent)} to confirm" for one in view.plan_alerts if one.open
    ]
    return lines + [f"a joint investigation team is suggested: {because}" for because in team]


def _rows(actions: Iterable[Action]) -> list[tuple[object, ...]]:
    return [
        (one.id, one.type.value, one.owner, one.state.value, one.starts_at, one.ends_at, ", ".join(one.depends_on))
        for one in actions
    ]
