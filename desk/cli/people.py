"""`leerp directory`: who is told, which changes wait for two officers, and entries from other directories."""

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from activities.contact_pins import confirm as confirm_contact
from activities.contact_pins import waiting
from desk.assembly import open_house, wall_clock
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import REFUSED, Answer, read_file
from leerp.errors import BadInputError
from leerp.settings import Settings
from leerp.stakeholders import Directory, Group
from notifications.configuration import load_channels
from notifications.directory_check import check_directory
from notifications.importing import MAX_BYTES, ImportFormat, read_entries
from notifications.importing.differences import Differences, as_yaml, differences
from notifications.importing.drafts import Imported


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="directory", help="The stakeholder directory: check, show, changes, confirm, import.")
    group.command(check)
    group.command(show)
    group.command(changes)
    group.command(confirm)
    group.command(import_file, name="import")
    app.command(group)


async def check() -> Answer:
    """Look for what would keep a stakeholder from being told, or tell the wrong one; exit code 1 when it is found.

    Changed addresses and keys that wait for two officers are among it.
    """
    settings = Settings()
    async with open_house(settings) as house:
        directory = house.rooms.directory()
        waits = [one.change.sentence for one in await waiting(house.rooms)]
    problems = check_directory(directory, load_channels(settings.config / "channels.yaml"), at=wall_clock()) + waits
    lines = problems or [f"{len(directory.stakeholders)} stakeholders, nothing to complain of"]
    return Answer(data={"problems": problems}, lines=lines, code=REFUSED if problems else 0)


async def show(stakeholder: str | None = None) -> Answer:
    """Show everybody, or one stakeholder."""
    async with open_house(Settings()) as house:
        directory = house.rooms.directory()
    everybody = (directory.centre, *directory.stakeholders)
    chosen = [one for one in everybody if stakeholder in (None, one.id)]
    rows = [(one.id, one.name, one.group.value, one.country, one.clearance, one.contacts[0].address) for one in chosen]
    return Answer(data=chosen, header=("id", "name", "group", "country", "clearance", "first contact"), rows=rows)


async def changes() -> Answer:
    """List the changed addresses and keys that are not used until two officers have confirmed them."""
    async with open_house(Settings()) as house:
        found = await waiting(house.rooms)
    if not found:
        return Answer(data=[], lines=["no change waits; every address and key is in use as the directory has it"])
    data = [{**vars(one.change), "proposed_by": one.proposed_by} for one in found]
    rows = [
        (change.stakeholder, change.channel, change.former_address, change.address, _keys(*keys), one.proposed_by)
        for one in found
        for change in (one.change,)
        for keys in ((change.former_fingerprint, change.fingerprint),)
    ]
    header = ("stakeholder", "channel", "in use", "in the directory", "key", "confirmed by")
    return Answer(data=data, header=header, rows=rows)


def _keys(former: str | None, now: str | None) -> str:
    if former == now:
        return "the same" if now else "none"
    return f"{former or 'none'}, now {now or 'none'}"


async def confirm(stakeholder: str, channel: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Confirm what the directory has for a stakeholder on a channel; a second officer must, before it is used.

    One of the two must be an approver. Check it first by a way that you know, such as the telephone number you have.
    """
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        done = await confirm_contact(
            house.rooms, stakeholder=stakeholder, channel=channel, actor=actor, reason=reason, at=house.now()
        )
    line = f"{stakeholder}, {channel}: {done.sentence} (journal entry {done.journal_seq} of the desk)"
    return Answer(data={"stakeholder": stakeholder, "channel": channel, **vars(done)}, lines=[line])


async def import_file(
    file: str,
    *,
    form: Annotated[ImportFormat, Parameter(name="--format", help="What the file is.")],
    channel: Annotated[str, Parameter(help="The channel of channels.yaml that its mail addresses are for.")],
    group: Annotated[Group | None, Parameter(help="The group of entries of which the file says none.")] = None,
    out: Annotated[Path | None, Parameter(help="A new file for the new entries; without it they are printed.")] = None,
) -> Answer:
    """Read another directory, say how it differs from yours, and write its new entries as YAML to take over.

    Your directory is not changed. No clearance is taken from a file; what else is not, is said.
    """
    settings = Settings()
    async with open_house(settings) as house:
        directory = house.rooms.directory()
    if channel not in load_channels(settings.config / "channels.yaml").channels:
        raise BadInputError(f"{channel}: there is no such channel in channels.yaml; name one of those")
    imported = read_entries(read_file(file, limit=MAX_BYTES), form, name=file, channel=channel, group=group)
    found = differences(imported, directory)
    text = as_yaml(found.new, source=f"{Path(file).name} ({form.value})")
    if out:
        await asyncio.to_thread(_write_new, out, text)
    return _told(imported, found, directory, text=text, out=out)


def _told(imported: Imported, found: Differences, directory: Directory, *, text: str, out: Path | None) -> Answer:
    same = f"{len(imported.drafts)} entries read, {found.same} as in directory {directory.version}"
    lines = [
        f"{same}, {len(found.new)} new, {len(imported.left_out)} left out",
        *(f"changed address: {sentence}" for sentence in found.addresses),
        *(f"changed key: {sentence}" for sentence in found.keys),
        *(f"gone: {one} is in the directory and not in the file" for one in found.gone),
        *(f"left out: {sentence}" for sentence in imported.left_out),
        *(f"note: {sentence}" for sentence in imported.notes),
        *([f"new entries written to {out}"] if out else ["", text.rstrip("\n")]),
    ]
    data = {
        "read": len(imported.drafts),
        "same": found.same,
        "new": [draft.stakeholder for draft in found.new],
        "changed_addresses": found.addresses,
        "changed_keys": found.keys,
        "gone": found.gone,
        "left_out": imported.left_out,
        "notes": imported.notes,
        "out": str(out) if out else None,
    }
    return Answer(data=data, lines=lines)


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; never over another one."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise BadInputError(f"{path}: is there already; name a new file") from error
    except OSError as error:
        raise BadInputError(f"{path}: cannot be written ({error.strerror})") from error
