"""The forms of a notice, one module each. A form is a pure function of what a reader may see.

What a form needs is loaded when it is first made: a PDF is no business of a channel that carries text.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial
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

_PACKED = {Form.BUNDLE}
"""What other forms are packed into, which need not be made again for it."""


Files = tuple[VariantFile, ...]


Make = Callable[[], VariantFile | None]


def files_of(view: View, forms: Sequence[Form]) -> Files:
    """The files of these forms, in one order whatever the order asked for."""
    return Making(view).begun(forms)()


class Making:
    """The forms of one view, each made once: two channels that carry different forms may have some in common."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._made: dict[Form, Make] = {}

    def begun(self, forms: Sequence[Form]) -> Callable[[], Files]:
        """The files of these forms, in one order whatever the order asked for.

        What is made by another process is under way, the rest is made when they are asked for.
        """
        making = [self._begin(form) for form in _MODULES if form in forms]
        return lambda: tuple(file for make in making if (file := make()) is not None)

    def _begin(self, form: Form) -> Make:
        if form not in self._made:
            self._made[form] = cache(self._begun(form))
        return self._made[form]

    def _begun(self, form: Form) -> Make:
        module = import_module(f"notifications.forms.{_MODULES[form]}")
        if form in _PACKED:
            parts = [self._begin(one) for one in module.parts(self._view)]
            return lambda: cast("VariantFile | None", module.packed(self._view, [make() for make in parts]))
        if form in _BEGUN:
            return cast("Make", module.begin(self._view))
        return partial(module.make, self._view)
