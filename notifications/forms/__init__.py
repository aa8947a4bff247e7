"""The forms of a notice, one module each. A form is a pure function of what a reader may see.

What a form needs is loaded when it is first made: a PDF is no business of a channel that carries text.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from leerp.notices import Form, VariantFile
from notifications.view import View

_MODULES = {
    Form.TEXT: "text",
    Form.HTML: "html",
    Form.JSON: "json_form",
    Form.PDF: "pdf",
    Form.SLACK: "slack",
    Form.STIX: "stix",
    Form.MISP: "misp",
    Form.CAP: "cap",
    Form.CALENDAR: "calendar_form",
    Form.BUNDLE: "bundle",
}
"""In the order in which a reader finds the files. A form that has nothing to say of a notice gives no file."""


def files_of(view: View, forms: Sequence[Form]) -> tuple[VariantFile, ...]:
    """The files of these forms, in one order whatever the order asked for."""
    made = (_maker(form)(view) for form in _MODULES if form in forms)
    return tuple(file for file in made if file is not None)


def _maker(form: Form) -> Callable[[View], VariantFile | None]:
    module = import_module(f"notifications.forms.{_MODULES[form]}")
    return cast("Callable[[View], VariantFile | None]", module.make)
