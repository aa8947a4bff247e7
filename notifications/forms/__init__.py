"""The forms of a notice, one module each. A form is a pure function of what a reader may see.

What a form needs is loaded when it is first made: a PDF is no business of a channel that carries text.
"""

from collections.abc import Callable, Sequence
from functools import partial
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

_BEGUN = {Form.PDF}
"""What another process makes, and can be begun before it is asked for."""


Files = tuple[VariantFile, ...]


def files_of(view: View, forms: Sequence[Form]) -> Files:
    """The files of these forms, in one order whatever the order asked for."""
    return begun(view, forms)()


def begun(view: View, forms: Sequence[Form]) -> Callable[[], Files]:
    """The same files, begun: what is made by another process is under way, the rest is made when they are asked for."""
    making = [_begin(form, view) for form in _MODULES if form in forms]
    return lambda: tuple(file for make in making if (file := make()) is not None)


def _begin(form: Form, view: View) -> Callable[[], VariantFile | None]:
    module = import_module(f"notifications.forms.{_MODULES[form]}")
    if form in _BEGUN:
        return cast("Callable[[], VariantFile | None]", module.begin(view))
    return partial(module.make, view)
