"""The ten conditions of evidence: what is met, what is not, and what cannot be told, for one item.

A judgement says what is recorded and what is missing. It never says that a court will admit an item.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from pydantic import model_validator

from leerp.evidence import (
    BasisKind,
    ConditionId,
    Description,
    EvidenceItem,
    EvidenceStatus,
    Judgement,
    Verdict,
)
from leerp.formats.strict import yaml_model
from leerp.model import Line, Model
from matrices.table_head import TableHead
from matrices.tables import content_of

MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.CANNOT_BE_TOLD


class Condition(Model):
    """One condition as the file has it, and for which status it counts."""

    id: ConditionId
    title: Line
    needed_for: tuple[EvidenceStatus, ...] = ()


class EvidenceConditions(TableHead):
    """The file of conditions: each of the ten once, in their order."""

    conditions: tuple[Condition, ...]

    @model_validator(mode="after")
    def _each_once(self) -> "EvidenceConditions":
        if [one.id for one in self.conditions] != list(ConditionId):
            raise ValueError(f"the conditions must be these, in this order: {', '.join(ConditionId)}")
        return self


def load_evidence_conditions(content: bytes, *, name: str) -> EvidenceConditions:
    """The table in the bytes of a YAML file; raises BadInputError with file, line and key."""
    return yaml_model(EvidenceConditions, content, name=name)


@lru_cache(maxsize=1)
def shipped_evidence_conditions() -> EvidenceConditions:
    """The shipped table."""
    return load_evidence_conditions(content_of("evidence-conditions"), name="evidence-conditions.yaml")


class Subject(NamedTuple):
    """An item as it is judged. `known`: the items that there are. `stamped`: whether a timestamp covers its coming in.

    `stamped` None: there is no journal to tell it from.
    """

    item: EvidenceItem
    description: Description
    known: Collection[str]
    stamped: bool | None


Found = tuple[Verdict, str]


def judge(subject: Subject, *, table: EvidenceConditions | None = None) -> tuple[Judgement, ...]:
    """The ten judgements of an item, in their order."""
    conditions = (table or shipped_evidence_conditions()).conditions
    found = [(one, _JUDGES[one.id](subject)) for one in conditions]
    return tuple(
        Judgement(condition=one.id, title=one.title, verdict=verdict, why=why) for one, (verdict, why) in found
    )


def standing_in_the_way(
    judgements: Sequence[Judgement], status: EvidenceStatus, *, table: EvidenceConditions | None = None
) -> tuple[Judgement, ...]:
    """The judgements because of which an item cannot be given that status."""
    conditions = (table or shipped_evidence_conditions()).conditions
    counting = {one.id for one in conditions if status in one.needed_for}
    refused = {NOT_MET} if status is EvidenceStatus.CANDIDATE else {NOT_MET, UNKNOWN}
    return tuple(one for one in judgements if one.condition in counting and one.verdict in refused)


def _lawful_basis(subject: Subject) -> Found:
    basis, capture = subject.description.basis, subject.description.capture
    if basis is None:
        told = " (the contributor named one in words only)" if subject.item.basis_text else ""
        return NOT_MET, f"no lawful basis is recorded{told}"
    if capture is None:
        return UNKNOWN, f"{_basis(basis.kind)} is recorded, but not when the item was captured"
    if capture.at < basis.given_at:
        return (
            NOT_MET,
            f"it was captured at {_time(capture.at)}, before {_basis(basis.kind)} of {_time(basis.given_at)}",
        )
    if basis.valid_until is not None and capture.at > basis.valid_until:
        return NOT_MET, f"it was captured at {_time(capture.at)}; the basis ended at {_time(basis.valid_until)}"
    return MET, f"{_basis(basis.kind)} of {_time(basis.given_at)} stood when it was captured at {_time(capture.at)}"


def _basis(kind: BasisKind) -> str:
    return {
        BasisKind.ORDER: "an order",
        BasisKind.CONSENT: "a consent",
        BasisKind.VOLUNTARY: "a voluntary disclosure",
        BasisKind.OPEN_SOURCE: "open-source collection",
    }[kind]


def _original_kept(subject: Subject) -> Found:
    item, capture = subject.item, subject.description.capture
    if item.intact is False:
        return NOT_MET, "the stored bytes are not those that came in"
    if capture is None or capture.sha256 is None:
        return UNKNOWN, f"kept and hashed when it came in at {item.acquired_at}; no hash from the capture is recorded"
    if capture.sha256 != item.sha256:
        return NOT_MET, "the hash from the capture is not that of the bytes that came in"
    if capture.clock is None:
        return UNKNOWN, "the hash from the capture is that of the kept bytes; where its time came from is not recorded"
    return MET, f"hashed at the capture at {_time(capture.at)} by a named clock, and the kept bytes have that hash"


def _tool_known(subject: Subject) -> Found:
    capture = subject.description.capture
    if capture is None:
        return UNKNOWN, "nothing is recorded of the capture"
    fields = {"who": capture.by, "tool": capture.tool, "version": capture.tool_version, "command": capture.command}
    missing = [name for name, value in fields.items() if value is None]
    if missing:
        return UNKNOWN, f"not recorded of the capture: {', '.join(missing)}"
    return MET, "who captured it, tool, version and command are recorded"


def _custody_logged(subject: Subject) -> Found:
    here = len(subject.item.custody)
    if subject.description.earlier_custody is None:
        return UNKNOWN, f"{here} records since it came here; whose hands it was in before is not recorded"
    return MET, f"{here} records since it came here, and the record of before is named"


def _owner_consents(subject: Subject) -> Found:
    consent, conversion = subject.description.owner_consent, subject.description.conversion
    if conversion is not None and conversion.completed_at is not None:
        return MET, f"a formal channel ({conversion.route.value}) acquired it at {_time(conversion.completed_at)}"
    if consent is None:
        return NOT_MET, f"{subject.item.source} has not agreed to its use as evidence; it is intelligence until then"
    if not consent.given:
        return NOT_MET, f"its owner refused at {_time(consent.at)}"
    return MET, f"its owner agreed at {_time(consent.at)}"


def _sources_linked(subject: Subject) -> Found:
    sources, original = subject.item.derived_from, subject.description.original
    unknown = [one for one in sources if one not in subject.known]
    if unknown:
        return NOT_MET, f"it names {unknown[0]}, which is not here"
    if sources and original:
        return NOT_MET, "it names the items it was made from, and is described as an original"
    if sources:
        return MET, f"made from {', '.join(sources)}"
    if original is None:
        return UNKNOWN, "whether it was made from other data is not recorded"
    return (MET, "an original") if original else (NOT_MET, "made from other data that it does not name")


def _route_named(subject: Subject) -> Found:
    conversion = subject.description.conversion
    if conversion is None:
        return NOT_MET, "no formal route is named"
    asked = f"{conversion.route.value}, asked for at {_time(conversion.requested_at)}"
    if conversion.completed_at is None:
        return UNKNOWN, f"{asked}; not answered"
    return MET, f"{asked}, done at {_time(conversion.completed_at)}"


def _limits_carried(subject: Subject) -> Found:
    limits = subject.description.limits
    if limits is None:
        return UNKNOWN, "whether its sender set conditions is not recorded"
    return MET, f"{len(limits)} conditions go with it" if limits else "its sender set no conditions"


def _nothing_left_out(subject: Subject) -> Found:
    stated = subject.description.nothing_left_out
    if stated is None:
        return UNKNOWN, "nobody has said whether it is whole"
    return (MET, "stated to be whole") if stated else (NOT_MET, "stated not to be whole")


def _independently_verified(subject: Subject) -> Found:
    if subject.stamped is None:
        return UNKNOWN, "an extract has no journal; the centre's whole export has"
    if subject.stamped:
        return MET, "a timestamp covers its coming in, and `leerp evidence verify` needs nothing of the centre"
    return NOT_MET, "no timestamp covers its coming in"


_JUDGES: Mapping[ConditionId, Callable[[Subject], Found]] = {
    ConditionId.LAWFUL_BASIS: _lawful_basis,
    ConditionId.ORIGINAL_KEPT: _original_kept,
    ConditionId.TOOL_KNOWN: _tool_known,
    ConditionId.CUSTODY_LOGGED: _custody_logged,
    ConditionId.OWNER_CONSENTS: _owner_consents,
    ConditionId.SOURCES_LINKED: _sources_linked,
    ConditionId.ROUTE_NAMED: _route_named,
    ConditionId.LIMITS_CARRIED: _limits_carried,
    ConditionId.NOTHING_LEFT_OUT: _nothing_left_out,
    ConditionId.INDEPENDENTLY_VERIFIED: _independently_verified,
}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
