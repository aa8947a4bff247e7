"""Setting documents beside this process: a few typesetters, each a process of its own, started when first needed.

A document takes tens of milliseconds, in which the typesetter lets nothing else of its process run, not even the signs
of life of what is under way. Set elsewhere, several are set at the same time; and one over which the typesetter dies
or takes too long is refused, and harms nothing else. The processes end with this one, however it ends: their input
does.
"""

import atexit
import json
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from typing import IO, NamedTuple

from leerp.errors import BadInputError, ServiceMissingError
from notifications import typesetter

STANDARDS = ("a-2a", "ua-1")
"""ISO 19005-2, level A, and ISO 14289-1: the typesetter refuses to make what breaks either."""

MOST_AT_ONCE = min(2, os.cpu_count() or 1)
"""How many documents are set at the same time; project assumption, so that the machine has time for the rest."""

LONGEST_SECONDS = 120.0
"""How long one document may take, which is ten times what the longest notice does; project assumption."""

MOST_DOCUMENTS = 50
"""After how many documents a process makes room for a fresh one: it keeps something of each, and grows slow and large.

Measured with notices of one to five pages: 84 MB after 50 and 213 MB after 200, and a third more time for each."""

_START_SECONDS = 30.0
_END_SECONDS = 5.0


class Document(NamedTuple):
    """What is to be set. `source`: Typst. `inputs`: what it shows, by name, as JSON. `at`: the time of the document.

    `refusal`: the sentence for people when it cannot be set.
    """

    source: bytes
    inputs: Mapping[str, str]
    at: datetime
    refusal: str


def prepare() -> None:
    """Have the typesetters start, for whoever is going to need them. What is wrong shows when one is asked."""
    if find_spec("typst") is not None:
        _typesetters().prepare()


def begin(document: Document) -> "Future[bytes]":
    """Have a document set. Its result raises BadInputError when that cannot be done.

    Raises ServiceMissingError, here or with the result, when there is no typesetter.
    """
    if find_spec("typst") is None:
        raise ServiceMissingError(
            "the PDF form of a notice needs the package typst, and it cannot be loaded; "
            "install leerp's requirements again, or take pdf out of the channel's forms"
        )
    return _typesetters().begin(document)


def end() -> None:
    """End the typesetters of this process, after what they set; whoever has a document set later starts others."""
    if _typesetters.cache_info().currsize:
        _typesetters().close()
        _typesetters.cache_clear()


class Typesetters:
    """Up to so many processes; the one that was used last is asked first. `seconds`: how long a document may take."""

    def __init__(self, most: int = MOST_AT_ONCE, *, seconds: float = LONGEST_SECONDS) -> None:
        self._most = most
        self._fresh = True
        self._askers = ThreadPoolExecutor(most, thread_name_prefix="typesetting")
        self._idle: deque[Process] = deque()
        self._seconds = seconds

    def prepare(self) -> None:
        """Have as many start as there may be, unless one has been asked for already."""
        if self._fresh:
            self._fresh = False
            for _ in range(self._most):
                self._askers.submit(self._start)

    def _start(self) -> None:
        self._idle.append(Process())

    def begin(self, document: Document) -> "Future[bytes]":
        """Have a document set as soon as one of them is free."""
        self._fresh = False
        return self._askers.submit(self._set, document)

    def close(self) -> None:
        """End them all, after what is being set."""
        self._askers.shutdown(cancel_futures=True)
        while self._idle:
            self._idle.pop().end()

    def _set(self, document: Document) -> bytes:
        """Ask one that waits; where that one has died, a fresh one. Over what a fresh one dies, that is refused."""
        question = _question(document, seconds=self._seconds)
        try:
            answer = self._ask(self._idle.pop(), question) if self._idle else None
            answer = self._ask(Process(), question) if answer is None else answer
        except TimeoutError:
            answer = None
        if answer is None or not answer.startswith(typesetter.DOCUMENT):
            raise BadInputError(document.refusal)
        return answer.removeprefix(typesetter.DOCUMENT)

    def _ask(self, process: "Process", question: bytes) -> bytes | None:
        """Its answer; None when it has died. TimeoutError when it takes too long; then it is ended."""
        try:
            answer = process.ask(question, seconds=self._seconds)
        except TimeoutError:
            process.kill()
            raise
        if answer is None:
            process.kill()
        elif process.asked >= MOST_DOCUMENTS:
            process.end()
        else:
            self._idle.append(process)
        return answer


class Process:
    """One typesetter. It is given no environment, for that may hold secrets, and its complaints are read by nobody."""

    def __init__(self) -> None:
        self.asked = 0
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python and a file of ours, and nothing else
                [sys.executable, "-I", typesetter.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,  # a Ctrl-C at the terminal is for whoever waits for the document
            )
        except OSError as error:
            raise _absent() from error
        self._questions, self._answers = _pipe(self._process.stdin), _pipe(self._process.stdout)
        with suppress(TimeoutError):
            if self._next(_START_SECONDS) is not None:
                return
        self.kill()
        raise _absent()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def ask(self, question: bytes, *, seconds: float) -> bytes | None:
        """Its answer; None when it has died. Raises TimeoutError when there is none in time."""
        self.asked += 1
        try:
            typesetter.write_frame(self._questions, question)
        except OSError:
            return None
        return self._next(seconds)

    def _next(self, seconds: float) -> bytes | None:
        waiting = select.poll()
        waiting.register(self._answers, select.POLLIN)
        if not waiting.poll(seconds * 1_000):
            raise TimeoutError
        return typesetter.read_frame(self._answers)

    def end(self) -> None:
        """Let it end, as it does when there are no more questions."""
        with suppress(OSError):
            self._questions.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once, whatever it is doing; nothing is done to one that has ended."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._questions.close()
        self._answers.close()


def _question(document: Document, *, seconds: float) -> bytes:
    what = {
        "source": document.source.decode(),
        "inputs": dict(document.inputs),
        "standards": STANDARDS,
        "at": document.at.replace(microsecond=0).isoformat(),
        "seconds": seconds,
    }
    return json.dumps(what).encode()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise AssertionError("both pipes are asked for where the process is started")
    return pipe


def _absent() -> ServiceMissingError:
    return ServiceMissingError("the typesetter for PDF does not start; install leerp's requirements again (typst)")


@cache
def _typesetters() -> Typesetters:
    """Those of this process, ended with it."""
    atexit.register(end)
    return Typesetters()
