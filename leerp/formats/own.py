"""leerp's own forms: a report or a contribution in JSON, with the fields of the vocabulary and no others."""

from collections.abc import Iterator
from typing import Any

from leerp.contributions import Contribution
from leerp.errors import BadInputError, OtherSourceError
from leerp.formats.findings import MAX_OBSERVABLES, in_order
from leerp.formats.strict import json_model
from leerp.reports import Report


def is_own(value: object) -> bool:
    """Whether a JSON value has the look of one of leerp's own forms."""
    return isinstance(value, dict) and "title" in value and ("reported_at" in value or "contributed_at" in value)


def claimed_source(value: object) -> str | None:
    """The source that an own report names, if it names one."""
    source = value.get("source") if isinstance(value, dict) else None
    return source if isinstance(source, str) else None


def read_own_report(value: object, *, name: str, source: str) -> Report:
    """The report in a JSON value, as the report of `source`; BadInputError names the key that is wrong."""
    checked = _checked(value, name)
    report = json_model(Report, {**checked, "source": source}, name=name)
    observables = in_order(report.observables)
    return report if observables == report.observables else report.model_copy(update={"observables": observables})


def read_own_contribution(value: object, *, name: str, contributor: str) -> Contribution:
    """The contribution in a JSON value; BadInputError when it names somebody else than `contributor`."""
    checked = _checked(value, name)
    named = checked.get("contributor", contributor)
    if named != contributor:
        raise OtherSourceError(f"{name}, key contributor: not {contributor}, who hands it in; correct one of the two")
    contribution = json_model(Contribution, {**checked, "contributor": contributor}, name=name)
    return contribution.model_copy(update={"observables": in_order(contribution.observables)})


def _checked(value: object, name: str) -> dict[str, Any]:
    """The value as an object that a model can be made of, before the model says what is wrong in detail."""
    if not isinstance(value, dict):
        raise BadInputError(f"{name}: not a JSON object; see `leerp schema report` for the fields of a report")
    observables = value.get("observables")
    if isinstance(observables, list) and len(observables) > MAX_OBSERVABLES:
        raise BadInputError(
            f"{name}: {len(observables):,} observables, more than {MAX_OBSERVABLES:,}; split the report"
        )
    if any("\x00" in text for text in _texts(value)):
        raise BadInputError(f"{name}: a text holds the character NUL; remove it")
    return value


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    for one in waiting:  # what is inside comes behind
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
