"""The formats that scenarios are exchanged in."""

from enum import StrEnum

MAX_BYTES = 20 * 1024 * 1024
"""The largest file that is read."""


class Format(StrEnum):
    """A format of others; `scenario` is our own, written with pseudonyms and never imported."""

    MSEL_CSV = "msel-csv"
    MSEL_XLSX = "msel-xlsx"
    CEXF = "cexf"
    OPENAEV = "openaev"
    SCENARIO = "scenario"
