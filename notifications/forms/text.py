"""The plain text of a notice."""

from leerp.notices import VariantFile
from notifications.view import View


def make(view: View) -> VariantFile:
    """`message.txt`, UTF-8."""
    return VariantFile(name="message.txt", media_type="text/plain; charset=utf-8", content=view.text.encode())
