"""The operator's files: the stakeholder directory, channels, policy and own tables; and what is wrong with them."""

from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model
from leerp.marking import Level
from leerp.protocol import Policy
from leerp.stakeholders import Directory, Role, Stakeholder
from matrices.tables import Table, Tables, load_table, names
from notifications.channels import ChannelsFile
from notifications.channels.smtp.settings import SmtpSettings

EXAMPLES = ("directory.yaml", "channels.yaml", "policy.yaml")

Parsed = TypeVar("Parsed", bound=BaseModel)


class _PolicyFile(Policy):
    """The policy as an operator writes it: a misspelt key is refused and not passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def lay_out_example(folder: Path) -> list[Path]:
    """Write the example files that are not there yet; return those written. Nothing is ever overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in EXAMPLES:
        content = (resources.files("notifications") / "example" / name).read_bytes()
        try:
            with (folder / name).open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        written.append(folder / name)
    return written


def load_directory(path: Path) -> Directory:
    """The stakeholder directory; BadInputError with file, line and key for the first fault."""
    return _load(Directory, path)


def load_policy(path: Path) -> Policy:
    """The centre's policy; BadInputError with file, line and key for the first fault."""
    return Policy.model_validate(_load(_PolicyFile, path).model_dump())


def load_channels(path: Path) -> ChannelsFile:
    """The channels; relative files in it are taken from its own folder. BadInputError as for the directory."""
    channels = _load(ChannelsFile, path).channels
    return ChannelsFile(
        channels={
            name: settings.below(path.parent) if isinstance(settings, SmtpSettings) else settings
            for name, settings in channels.items()
        }
    )


def load_tables(folder: Path) -> Tables:
    """The classification tables: the shipped ones, and the centre's own, one file each; the folder need not be there.

    BadInputError with file, line and key for the first fault, and for a name that is taken.
    """
    own: dict[str, Table] = {}
    for path in sorted(folder.glob("*.yaml")):
        table = load_table(path.read_bytes(), name=str(path))
        if table.name in own or table.name in names():
            raise BadInputError(
                f"{path}, key table: there is a table {table.name!r} already; give this one another name"
            )
        own[table.name] = table
    return Tables(own)


def _load(model: type[Parsed], path: Path) -> Parsed:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInputError(
            f"{path}: cannot be read ({error.strerror}); put the file there or name another folder"
        ) from error
    return yaml_model(model, content, name=str(path))


def check_directory(directory: Directory, channels: ChannelsFile) -> list[str]:
    """What is wrong with a directory that can be read: one sentence each, in the directory's order; empty if nothing.

    A directory with such faults still works, closed: nothing goes where something is not known.
    """
    everybody = (directory.centre, *directory.stakeholders)
    return [
        *(fault for one in everybody for fault in (*_clearance_faults(one), *_contact_faults(one, channels))),
        *_shared_addresses(everybody),
        *_shared_names(everybody),
        *_officer_faults(directory),
    ]


def _clearance_faults(one: Stakeholder) -> Iterator[str]:
    if one.clearance is None:
        yield f"{one.id}: its clearance is not known, so only public information goes there; find it out"
    elif one.clearance.rank >= Level.CONFIDENTIEL.rank and one.cleared_until is None:
        yield f"{one.id}: a clearance to {one.clearance} needs the day it ends (cleared_until); until then it is void"


def _contact_faults(one: Stakeholder, channels: ChannelsFile) -> Iterator[str]:
    for contact in one.contacts:
        settings = channels.channels.get(contact.channel)
        if settings is None:
            yield f"{one.id}: there is no channel {contact.channel!r} in channels.yaml; add it or correct the contact"
        elif wrong := settings.address_fault(contact.address):
            yield f"{one.id}: {contact.address!r} {wrong}; channel {contact.channel!r} cannot send there"


def _shared_addresses(everybody: tuple[Stakeholder, ...]) -> Iterator[str]:
    owners: dict[tuple[str, str], list[str]] = {}
    for one in everybody:
        for contact in one.contacts:
            owners.setdefault((contact.channel, contact.address.casefold()), []).append(one.id)
    for (channel, address), ids in owners.items():
        if len(ids) > 1:
            yield f"{address} on channel {channel} stands more than once ({', '.join(ids)}); one address has one reader"


def _shared_names(everybody: tuple[Stakeholder, ...]) -> Iterator[str]:
    names = Counter(
        name for one in everybody for name in {text.casefold() for text in (one.id, one.name, *one.aliases)}
    )
    for name, times in names.items():
        if times > 1:
            yield f"{times} entries answer to {name!r}; a report by that name would be credited to the first"


def _officer_faults(directory: Directory) -> Iterator[str]:
    approvers = [one for one in directory.officers if Role.APPROVER in one.roles]
    if not approvers:
        yield "no officer has the role approver; acts that need a second person cannot be done"
    elif len(approvers) == 1:
        yield f"only {approvers[0].id} has the role approver; what this officer proposes, nobody can approve"
