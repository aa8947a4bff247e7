"""The operator's files: the stakeholder directory with its keys, channels, policy and own tables."""

from collections import deque
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from leerp.errors import BadInputError
from leerp.formats.strict import line_of, yaml_model, yaml_of
from leerp.keys import Key, KeyFile
from leerp.protocol import Policy
from leerp.stakeholders import Directory, Stakeholder
from matrices.tables import Table, Tables, load_table, names
from matrices.team_tables import REPLACEABLE
from notifications.certificates import read_key
from notifications.channels import ChannelsFile
from notifications.channels.outbox.settings import OutboxSettings
from notifications.sources import SourcesFile

EXAMPLES = ("directory.yaml", "channels.yaml", "policy.yaml", "sources.yaml")

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
    content = _content(path)
    directory = yaml_model(Directory, content, name=str(path))
    load = partial(_with_keys, path=path, content=content)
    centre = load(directory.centre, ("centre",))
    bare = deque(directory.stakeholders)
    directory = directory.model_copy(update={"centre": centre, "stakeholders": ()})
    # Each makes room for its successor: ten thousand entries twice would be some 30 MB more, for good.
    whole = [load(bare.popleft(), ("stakeholders", number)) for number in range(len(bare))]
    return directory.model_copy(update={"stakeholders": tuple(whole)})


def _with_keys(one: Stakeholder, place: tuple[str | int, ...], *, path: Path, content: bytes) -> Stakeholder:
    if not any(contact.key for contact in one.contacts):
        return one
    contacts = []
    for number, contact in enumerate(one.contacts):
        location = (*place, "contacts", number, "key")
        key = _placed_key(contact.key, location, path=path, content=content) if contact.key else None
        contacts.append(contact.model_copy(update={"key": key}))
    return one.model_copy(update={"contacts": tuple(contacts)})


def _placed_key(pinned: Key | KeyFile, location: tuple[str | int, ...], *, path: Path, content: bytes) -> Key:
    """The key; a second attempt, with its place in the directory, says what is wrong with the first."""
    folder = path.parent / "keys"
    try:
        return _read_key(pinned, folder, "")
    except BadInputError:
        return _read_key(pinned, folder, _place(location, path=path, content=content))


def _place(location: tuple[str | int, ...], *, path: Path, content: bytes) -> str:
    """File, line and key of a fault. The lines are looked for only now: to remember them all takes much memory."""
    line = line_of(yaml_of(content, name=str(path)), location)
    return f"{path}, line {line}, key {'.'.join(str(part) for part in location)}"


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
    file = _load(ChannelsFile, path)
    channels = file.channels
    return ChannelsFile(
        channels={
            name: settings if isinstance(settings, OutboxSettings) else settings.below(path.parent)
            for name, settings in channels.items()
        },
        rooms={name: rooms.below(path.parent) for name, rooms in file.rooms.items()},
    )


def load_sources(path: Path) -> SourcesFile:
    """The sources to read, none where there is no such file; relative files in it are taken from its own folder.

    BadInputError as for the directory.
    """
    if not path.exists():
        return SourcesFile()
    sources = _load(SourcesFile, path).sources
    return SourcesFile(sources={name: one.below(path.parent) for name, one in sources.items()})


def load_tables(folder: Path) -> Tables:
    """The classification tables: the shipped ones, and the centre's own, one file each; the folder need not be there.

    A file that is called like a table of another kind, such as rest-rules.yaml, takes the place of the shipped one.
    BadInputError with file, line and key for the first fault, and for a name that is taken.
    """
    own: dict[str, Table] = {}
    others: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.stem in REPLACEABLE:
            others[path.stem] = path.read_bytes()
            REPLACEABLE[path.stem](others[path.stem], name=str(path))
            continue
        table = load_table(path.read_bytes(), name=str(path))
        if table.name in own or table.name in names():
            raise BadInputError(
                f"{path}, key table: there is a table {table.name!r} already; give this one another name"
            )
        own[table.name] = table
    return Tables(own, others)


def _load(model: type[Parsed], path: Path) -> Parsed:
    return yaml_model(model, _content(path), name=str(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInputError(
            f"{path}: cannot be read ({error.strerror}); put the file there or name another folder"
        ) from error
