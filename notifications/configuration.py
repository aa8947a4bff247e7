"""The operator's files: the stakeholder directory with its keys, channels, policy and own tables."""

from functools import partial
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from leerp.errors import BadInputError
from leerp.formats.strict import line_of, model_of, yaml_model, yaml_of
from leerp.keys import Key, KeyFile
from leerp.protocol import Policy
from leerp.stakeholders import Directory, Stakeholder
from matrices.tables import Table, Tables, load_table, names
from notifications.certificates import read_key
from notifications.channels import ChannelsFile
from notifications.channels.outbox.settings import OutboxSettings

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
    """The stakeholder directory, with the keys it names from `keys/` beside it.

    BadInputError with file, line and key for the first fault; a key that is not the pinned one is a fault.
    """
    value = yaml_of(_content(path), name=str(path))
    directory = model_of(Directory, value, name=str(path))
    load = partial(_with_keys, path=path, value=value)
    stakeholders = [load(one, ("stakeholders", number)) for number, one in enumerate(directory.stakeholders)]
    return directory.model_copy(
        update={"centre": load(directory.centre, ("centre",)), "stakeholders": tuple(stakeholders)}
    )


def _with_keys(one: Stakeholder, place: tuple[str | int, ...], *, path: Path, value: object) -> Stakeholder:
    if not any(contact.key for contact in one.contacts):
        return one
    contacts = []
    for number, contact in enumerate(one.contacts):
        line = line_of(value, (*place, "contacts", number, "key"))
        where = f"{path}, line {line}, key {'.'.join(str(part) for part in place)}.contacts.{number}.key"
        key = _read_key(contact.key, path.parent / "keys", where) if contact.key else None
        contacts.append(contact.model_copy(update={"key": key}))
    return one.model_copy(update={"contacts": tuple(contacts)})


def _read_key(pinned: Key | KeyFile, folder: Path, where: str) -> Key:
    if isinstance(pinned, Key):
        return read_key(pinned, pinned.certificate.encode(), name=where)
    file = folder / pinned.file
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"{where}: {file} cannot be read ({error.strerror}); put the key there") from error
    return read_key(pinned, content, name=f"{where}: {file}")


def load_policy(path: Path) -> Policy:
    """The centre's policy; BadInputError with file, line and key for the first fault."""
    return Policy.model_validate(_load(_PolicyFile, path).model_dump())


def load_channels(path: Path) -> ChannelsFile:
    """The channels; relative files in it are taken from its own folder. BadInputError as for the directory."""
    channels = _load(ChannelsFile, path).channels
    return ChannelsFile(
        channels={
            name: settings if isinstance(settings, OutboxSettings) else settings.below(path.parent)
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
    return yaml_model(model, _content(path), name=str(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(
            f"{path}: cannot be read ({error.strerror}); put the file there or name another folder"
        ) from error
