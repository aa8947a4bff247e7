"""Types of incident: assign them in RSIT and the Common Taxonomy, with the offences that they suggest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from leerp.formats.strict import shipped_model, yaml_model
from leerp.incident_types import KNOWN, UNDETERMINED, CommonType, IncidentType, Offence, TypeAssignment
from leerp.model import Identifier, Line, Model
from matrices.table_head import TableHead
from matrices.tables import content_of
from matrices.wholeness import Fault, refuse_first


class OffenceEntry(Model):
    """An offence as the file has it. `derived` is always true, and stands there for whoever reads the file."""

    id: Identifier
    instrument: Line
    article: Line
    title: Line
    derived: Literal[True]


def _none(value: object) -> object:
    return None if value == "none" else value


class TypeEntry(Model):
    """One type of RSIT, its counterpart in the Common Taxonomy (`none` in the file: None), and ids of offences."""

    type: IncidentType
    common: Annotated[CommonType | None, BeforeValidator(_none)]
    offences: tuple[Identifier, ...] = ()


class IncidentTypes(TableHead):
    """The file of types: every type of RSIT once, classes alone included."""

    offences: tuple[OffenceEntry, ...] = Field(min_length=1)
    types: tuple[TypeEntry, ...]

    @model_validator(mode="after")
    def _whole(self) -> "IncidentTypes":
        refuse_first(_faults(self))
        return self

    @cached_property
    def assignments(self) -> dict[str, TypeAssignment]:
        """What every type of RSIT is assigned."""
        offences = {
            one.id: Offence(instrument=one.instrument, article=one.article, title=one.title) for one in self.offences
        }
        return {one.type: _assignment(one, offences) for one in self.types}


def _faults(table: IncidentTypes) -> Iterator[Fault]:
    """The place and the sentence of every fault that only shows when the file is read whole."""
    known = {one.id for one in table.offences}
    for times, at in _repeated([one.id for one in table.offences]):
        yield ("offences", at, "id"), f"stands {times} times; give each offence an id of its own"
    for times, at in _repeated([one.type for one in table.types]):
        yield ("types", at, "type"), f"stands {times} times; leave one"
    for at, entry in enumerate(table.types):
        for place, offence in enumerate(entry.offences):
            if offence not in known:
                yield ("types", at, "offences", place), f"there is no offence {offence!r}; add it under offences"
    missing = sorted(KNOWN - {one.type for one in table.types})
    if missing:
        yield ("types",), f"{missing[0]} is missing ({len(missing)} in all); every type of RSIT must stand here"


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """How often each name stands that stands more than once, and the index of its second place."""
    for name, times in Counter(names).items():
        if times > 1:
            yield times, names.index(name, names.index(name) + 1)


def _assignment(entry: TypeEntry, offences: dict[str, Offence]) -> TypeAssignment:
    rsit_class, _, rsit_value = entry.type.partition(":")
    common_class, _, common_value = (entry.common or "").partition(":")
    return TypeAssignment(
        rsit_class=rsit_class,
        rsit_value=rsit_value or None,
        common_class=common_class or None,
        common_value=common_value or None,
        offences=tuple(offences[one] for one in entry.offences),
    )


def load_incident_types(content: bytes, *, name: str) -> IncidentTypes:
    """The table in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return yaml_model(IncidentTypes, content, name=name)


@lru_cache(maxsize=1)
def shipped_incident_types() -> IncidentTypes:
    """The shipped table of types."""
    return shipped_model(IncidentTypes, content_of("incident-types"), name="incident-types.yaml")


def assign(types: Sequence[IncidentType], *, table: IncidentTypes | None = None) -> tuple[TypeAssignment, ...]:
    """Each type once in both taxonomies, sorted by its name in RSIT.

    Where no type is known, the one answer is `other:undetermined` in RSIT, `other:undetermined-incident` in the Common
    Taxonomy, and not `stated`.
    """
    assignments = (table or shipped_incident_types()).assignments
    if not types:
        return (assignments[UNDETERMINED].model_copy(update={"stated": False}),)
    return tuple(assignments[one] for one in sorted(set(types)))
