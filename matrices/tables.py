"""The tables: what is shipped, and how one is read, strictly and once."""

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from pydantic import ValidationError

from leerp.errors import BadInputError
from leerp.formats.strict import shipped_model, yaml_model
from matrices.rules import Rules, compile_rules
from matrices.schema import MODELS, TableFile

_OTHER_TABLES = frozenset(
    {
        *("bursts", "common-observables", "confidence", "evidence-conditions", "grades", "incident-types"),
        *("incompatible-actions", "jit-reasons"),
        *("products", "rest-rules", "team-roles"),
    }
)
_KEYS = sorted({key for model in MODELS for key in model.model_fields})


@dataclass(frozen=True, eq=False)
class Table:
    """A classification table, ready to use.

    `sha256`: lower-case hex over the bytes of the file as it was read. `levels`: the ids of the levels, mildest first;
    the rank of a level is its place there, from 0.
    """

    name: str
    version: str
    sha256: str
    levels: tuple[str, ...]
    document: TableFile
    rules: Rules
    content: bytes = field(repr=False)


def load_table(content: bytes, *, name: str, comes_with_leerp: bool = False) -> Table:
    """The table in the bytes of a YAML file; `name` is what the file is called in a BadInputError."""
    read = shipped_model if comes_with_leerp else yaml_model
    try:
        document = read(TableFile, content, name=name)
    except BadInputError as error:
        raise BadInputError(error.sentence + _hint(error.__cause__)) from error
    return Table(
        name=document.table,
        version=document.version,
        sha256=hashlib.sha256(content).hexdigest(),
        levels=document.level_ids,
        document=document,
        rules=compile_rules(document),
        content=content,
    )


def _hint(cause: BaseException | None) -> str:
    """For a key nobody knows: the one that was meant."""
    if not isinstance(cause, ValidationError):
        return ""
    faults = cause.errors(include_url=False, include_input=False, include_context=False)
    unknown = next((str(fault["loc"][-1]) for fault in faults if fault["type"] == "extra_forbidden"), None)
    if unknown is None:
        return ""
    near = difflib.get_close_matches(unknown, _KEYS, n=1)
    return f"; did you mean {near[0]!r}?" if near else "; matrices/README.md explains every key there is"


def content_of(name: str) -> bytes:
    """The bytes of a shipped table file of any kind, by its name without `.yaml`."""
    return (resources.files("matrices") / "tables" / f"{name}.yaml").read_bytes()


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of the classification tables that are shipped, sorted."""
    files = (resources.files("matrices") / "tables").iterdir()
    stems = {file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")}
    return tuple(sorted(stems - _OTHER_TABLES))


@lru_cache(maxsize=32)
def shipped(name: str) -> Table:
    """A shipped classification table by name."""
    if name not in names():
        raise BadInputError(f"there is no table {name!r}; the shipped tables are {', '.join(names())}")
    return load_table(content_of(name), name=f"{name}.yaml", comes_with_leerp=True)


@dataclass(frozen=True)
class Tables:
    """The tables a centre has: the classification tables that are shipped, and its own by name.

    `others`: tables of another kind that a centre has in place of the shipped ones, by name, as they are written.
    """

    own: Mapping[str, Table] = field(default_factory=dict)
    others: Mapping[str, bytes] = field(default_factory=dict)

    def content(self, name: str) -> bytes:
        """The bytes of a table of another kind, by its name without `.yaml`: the centre's own, else the shipped one."""
        return self.others[name] if name in self.others else content_of(name)

    def names(self) -> tuple[str, ...]:
        """The names of all of them, sorted."""
        return tuple(sorted({*names(), *self.own}))

    def named(self, name: str) -> Table:
        """A table as it stands now; raises BadInputError when there is none of that name."""
        if name in self.own:
            return self.own[name]
        if name in names():
            return shipped(name)
        raise BadInputError(f"there is no table {name!r}; the tables are {', '.join(self.names())}")
