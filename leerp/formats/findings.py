"""Findings: the observables a reader has found in a file, and what it could not read, counted."""

import re
from collections import Counter
from collections.abc import Iterable

from leerp.errors import BadInputError
from leerp.formats.texts import MAX_LINE, printable, shown
from leerp.observables import Observable, ObservableKind

MAX_OBSERVABLES = 20_000
"""The most observables of one report (`leerp.reports.Report.observables`)."""

MAX_VALUE = 4_096
"""The longest value of an observable (`leerp.observables.Observable.value`)."""

MAX_NOTES = 200
"""The most notes of one report (`leerp.reports.Report.notes`)."""

_SHAPES = {
    ObservableKind.URL: re.compile(r"\S+"),
    ObservableKind.EMAIL: re.compile(r"[^@\s]{1,64}@[^@\s]{1,253}"),
    ObservableKind.CVE: re.compile(r"CVE-\d{4}-\d{4,19}", re.IGNORECASE),
    ObservableKind.WALLET: re.compile(r"[A-Za-z0-9:]{20,128}"),
}
"""What a value must look like where the vocabulary itself asks for no more than a text."""

_AUTONOMOUS_SYSTEM = re.compile(r"(?:ASN?)?\s?(\d{1,10})", re.IGNORECASE)
_ADDRESSES = (ObservableKind.IPV4, ObservableKind.IPV6)
_ONE_ADDRESS = {ObservableKind.IPV4: "/32", ObservableKind.IPV6: "/128"}


def observable(kind: ObservableKind, value: str) -> Observable:
    """The observable of a raw value; raises ValueError when it is not of its kind.

    An address is of the version it is written in, whichever of the two kinds is asked for; AS numbers are written
    `AS15139`.
    """
    text = value.strip()
    if len(text) > MAX_VALUE or not printable(text):  # before anything is tried on it: some codecs are slow
        raise ValueError("too long, or holds control characters")
    if kind in _ADDRESSES:
        kind = ObservableKind.IPV6 if ":" in text.replace("[:]", ":") else ObservableKind.IPV4
        text = text.removesuffix(_ONE_ADDRESS[kind])
    if kind is ObservableKind.ASN:
        text = _autonomous_system(text)
    shape = _SHAPES.get(kind)
    if shape and not shape.fullmatch(text):
        raise ValueError(f"not a {kind}")
    return Observable(kind=kind, value=text)


def _autonomous_system(text: str) -> str:
    match = _AUTONOMOUS_SYSTEM.fullmatch(text)
    if not match or int(match[1]) >= 1 << 32:
        raise ValueError("not the number of an autonomous system")
    return f"AS{int(match[1])}"


class Notes:
    """What was not read, one line each in the order of first mention; equal things are counted, not repeated.

    Notes are shown outside the marking of the content: they name types and numbers, never values.
    """

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._plain: dict[str, None] = {}

    def say(self, sentence: str) -> None:
        """Add a sentence, once."""
        self._plain[shown(sentence, limit=MAX_LINE)] = None

    def count(self, subject: str, why: str, *, times: int = 1) -> None:
        """Count `subject` (a type as the file writes it) among what shares the reason `why`."""
        self._times[f"{shown(subject)}: {why}"] += times

    @property
    def lines(self) -> tuple[str, ...]:
        """At most MAX_NOTES lines of at most 256 characters; the last one says how many more there were."""
        everything = [*self._plain, *(f"{times} x {what}" for what, times in self._times.items())]
        if len(everything) > MAX_NOTES:
            rest = len(everything) - MAX_NOTES + 1
            everything = [*everything[: MAX_NOTES - 1], f"{rest} more kinds of things were not read"]
        return tuple(shown(text, limit=MAX_LINE) for text in everything)


class Findings:
    """Collects while the file `name` is read; BadInputError as soon as it holds too many observables."""

    def __init__(self, *, name: str) -> None:
        self.notes = Notes()
        self._name = name
        self._observables: set[Observable] = set()
        self._seen: set[tuple[ObservableKind, str]] = set()

    def add(self, kind: ObservableKind, value: str, *, written_as: str) -> None:
        """Take one value in, or count it in the notes under `written_as` when it is not of its kind."""
        if (kind, value) in self._seen:
            return
        try:
            self._observables.add(observable(kind, value))
        except ValueError:
            self.notes.count(written_as, "value not valid, or a range; left out")
            return
        self._seen.add((kind, value))
        if len(self._observables) > MAX_OBSERVABLES:
            raise BadInputError(
                f"{self._name}: more than {MAX_OBSERVABLES:,} observables; split it into several reports"
            )

    @property
    def observables(self) -> tuple[Observable, ...]:
        """All that was found, each once, sorted by kind and value."""
        return in_order(self._observables)


def in_order(observables: Iterable[Observable]) -> tuple[Observable, ...]:
    """Each observable once, sorted by kind and value."""
    return tuple(sorted(set(observables), key=lambda one: (one.kind.value, one.value)))
