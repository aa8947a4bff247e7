"""What is known of an item of evidence, field by field: the parts of `leerp.evidence.Description`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from desk.web.acting.fields import Field, Kind, Option, Values, choices
from leerp.errors import BadInputError
from leerp.evidence import BasisKind, Description, Route
from leerp.formats.strict import yaml_model

YES_OR_NO = (Option("", "nothing is said"), Option("yes", "yes"), Option("no", "no"))
_NONE = "nothing is said"


@dataclass(frozen=True)
class Part:
    """One part of a description. `fields`: as the form asks; `name` of each without the part's. `needed`: if any is."""

    name: str
    title: str
    fields: tuple[Field, ...]
    needed: frozenset[str]

    def field(self, one: Field) -> Field:
        """A field as it stands in the form, under the part's name."""
        return replace(one, name=f"{self.name}_{one.name}", label=f"{self.title}: {one.label}")

    def read(self, values: Values) -> dict[str, object] | None:
        """What was typed; None where nothing was. BadInputError where something is missing that the rest needs."""
        found: dict[str, object] = {}
        for one in self.fields:
            field = self.field(one)
            value = _read(values, field)
            if value is not None:
                found[one.name] = value
        missing = [one.label for one in self.fields if one.name in self.needed and one.name not in found]
        if found and missing:
            raise BadInputError(f"{self.title}: say {missing[0]} too")
        return found or None


def _read(values: Values, field: Field) -> object:
    if field.kind is Kind.TIME:
        return values.time(field.name, label=field.label)
    if field.options == YES_OR_NO:
        return _yes_or_no(values, field.name)
    return values.maybe(field.name)


def _yes_or_no(values: Values, name: str) -> bool | None:
    return {"yes": True, "no": False}.get(values.text(name))


BASIS = Part(
    "basis",
    "Lawful basis",
    (
        Field(name="kind", label="on what ground", kind=Kind.CHOICE, options=choices(BasisKind, empty=_NONE)),
        Field(name="authority", label="authority", help="Who ordered, consented to or gave it."),
        Field(name="reference", label="reference", help="As in: Gs 12/26."),
        Field(name="given_at", label="since when (UTC)", kind=Kind.TIME),
        Field(name="valid_until", label="until when (UTC)", kind=Kind.TIME),
    ),
    frozenset({"kind", "authority", "given_at"}),
)
CAPTURE = Part(
    "capture",
    "Capture",
    (
        Field(name="at", label="when (UTC)", kind=Kind.TIME, help="When the bytes were first taken."),
        Field(name="place", label="where"),
        Field(name="by", label="by whom"),
        Field(name="clock", label="clock", help="Where the time came from."),
        Field(name="tool", label="tool"),
        Field(name="tool_version", label="version of the tool"),
        Field(name="command", label="command"),
        Field(name="sha256", label="SHA-256 as it was computed then"),
        Field(name="changes", label="what could not be left unchanged, and why"),
    ),
    frozenset({"at"}),
)
CONSENT = Part(
    "consent",
    "Consent of the owner",
    (
        Field(name="given", label="consents to its use as evidence", kind=Kind.CHOICE, options=YES_OR_NO),
        Field(name="by", label="who said so"),
        Field(name="via", label="over which way"),
        Field(name="at", label="when (UTC)", kind=Kind.TIME),
    ),
    frozenset({"given", "by", "via", "at"}),
)
CONVERSION = Part(
    "conversion",
    "Formal way",
    (
        Field(name="route", label="route", kind=Kind.CHOICE, options=choices(Route, empty=_NONE)),
        Field(name="reference", label="reference"),
        Field(name="requested_at", label="asked for (UTC)", kind=Kind.TIME),
        Field(name="completed_at", label="answered (UTC)", kind=Kind.TIME),
        Field(name="note", label="note", help="Names the route where it is another one."),
    ),
    frozenset({"route", "requested_at"}),
)
_PARTS = {"basis": BASIS, "capture": CAPTURE, "owner_consent": CONSENT, "conversion": CONVERSION}
_ALONE = (
    Field(
        name="earlier_custody",
        label="In whose hands it was before",
        help="The record of it, or why there were none.",
    ),
    Field(name="original", label="It is original, not made from other data", kind=Kind.CHOICE, options=YES_OR_NO),
    Field(name="limits", label="Conditions that its sender set", kind=Kind.TEXT, help="One a line."),
    Field(name="no_limits", label="Its sender set none", kind=Kind.TICK),
    Field(
        name="nothing_left_out",
        label="It is whole, with whatever speaks for a suspect",
        kind=Kind.CHOICE,
        options=YES_OR_NO,
    ),
    Field(
        name="file",
        label="Or a file",
        kind=Kind.FILE,
        help="YAML or JSON, as for leerp evidence describe; then nothing of the above counts.",
    ),
)


def part_of(part: Part, *, required: bool = False) -> tuple[Field, ...]:
    """The fields of one part; `required`: the form is nothing without it."""
    return tuple(replace(part.field(one), required=required and one.name in part.needed) for one in part.fields)


def description_fields() -> tuple[Field, ...]:
    """Every field of a description."""
    return (*(field for part in _PARTS.values() for field in part_of(part)), *_ALONE)


async def description_of(values: Values) -> Description:
    """What was typed, or what the file says. BadInputError or ValidationError for what is no description."""
    given = await values.file("file", label="File")
    if given is not None:
        return yaml_model(Description, given[0], name=given[1])
    found: dict[str, object] = {name: part.read(values) for name, part in _PARTS.items()}
    return Description.model_validate({**_said(found), **_said(_alone(values))})


def _alone(values: Values) -> dict[str, object]:
    limits = tuple(line.strip() for line in values.text("limits").splitlines() if line.strip())
    if limits and values.ticked("no_limits"):
        raise BadInputError("Conditions of its sender: either there are some, or it set none")
    return {
        "earlier_custody": values.maybe("earlier_custody"),
        "original": _yes_or_no(values, "original"),
        "limits": limits if limits or values.ticked("no_limits") else None,
        "nothing_left_out": _yes_or_no(values, "nothing_left_out"),
    }


def _said(found: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in found.items() if value is not None}
