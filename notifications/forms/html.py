"""A notice as an HTML page that needs nothing from anywhere else."""

from leerp.notices import VariantFile
from notifications.templating import environment
from notifications.view import View


def make(view: View) -> VariantFile:
    """`message.html`, UTF-8."""
    text = environment().get_template(f"{view.kind.value}/body.html").render(view.values())
    return VariantFile(name="message.html", media_type="text/html; charset=utf-8", content=text.encode())
