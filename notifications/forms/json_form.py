"""leerp's own machine form of a notice, in canonical JSON (RFC 8785)."""

from pydantic import JsonValue

from leerp import canonical
from leerp.marking import Marking
from leerp.model import iso
from leerp.notices import Portion, VariantFile
from notifications.view import View

FORMAT = "leerp-notice-1"
"""The format of `notice.json`."""


def make(view: View) -> VariantFile:
    """`notice.json`: the visible portions, exactly as they are, and what every reader of the notice may know of it."""
    return VariantFile(name="notice.json", media_type="application/json", content=canonical.dumps(_form(view)))


def _form(view: View) -> dict[str, JsonValue]:
    return {
        "format": FORMAT,
        "notice": view.notice,
        "incident": view.incident,
        "kind": view.kind.value,
        "mode": view.mode.value,
        "issued_at": iso(view.issued_at),
        "issuer": view.issuer,
        "acknowledge_within_minutes": view.acknowledge_within_minutes,
        "subject": view.subject,
        "marking": _marking(view.marking),
        "portions": [_portion(portion) for portion in view.portions],
        **({view.relation.value: view.earlier} if view.relation else {}),
    }


def _portion(portion: Portion) -> dict[str, JsonValue]:
    said = portion.said.model_dump(mode="json", exclude_defaults=True) if portion.said else None
    return {
        "section": portion.section.value,
        "text": portion.text,
        "marking": _marking(portion.marking),
        "grade": portion.grade.model_dump(mode="json") if portion.grade else None,
        **({"said": said} if said else {}),
    }


def _marking(marking: Marking) -> dict[str, JsonValue]:
    return {"banner": marking.banner, **marking.model_dump(mode="json")}
