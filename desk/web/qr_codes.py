"""A text as a QR code (ISO/IEC 18004), for the camera of a telephone."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

QUIET = 4
"""Modules of white on each side, as the standard has it."""


class QrCode(NamedTuple):
    """`size`: modules on each side, with the white around. `path`: the dark modules, as the path of an SVG."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code, with error correction M or better."""
    import segno  # noqa: PLC0415 - a desk where nobody sets an authenticator up does without

    rows = segno.make(text, error="m", micro=False).matrix
    path = "".join(f"M{x} {y}h{long}v1h-{long}z" for y, row in enumerate(rows, QUIET) for x, long in _dark(row))
    return QrCode(len(rows) + 2 * QUIET, path)


def _dark(row: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where runs of dark modules begin, and how long they are."""
    x = QUIET
    for dark, run in groupby(row):
        long = len(list(run))
        if dark:
            yield x, long
        x += long
