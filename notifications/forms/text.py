"""The plain text of a notice."""

from leerp.notices import VariantFile
from notifications.templating import environment
from notifications.view import View


def make(view: View) -> VariantFile:
    """`message.txt`, UTF-8."""
    text = environment().get_template(f"{view.kind.value}/body.txt").render(view.values())
    return VariantFile(name="message.txt", media_type="text/plain; charset=utf-8", content=text.encode())
