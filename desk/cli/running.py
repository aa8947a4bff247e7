"""Running a command: one answer out, one sentence on what went wrong, the exit code of DESIGN §6."""

import asyncio
import inspect
import json
import os
import stat
import sys
import traceback
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cyclopts import App, CycloptsError
from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.table import Table

from desk.cli import rehearsal
from desk.logs import configure_logs
from leerp.errors import BadInputError, LeerpError
from leerp.settings import Settings

REFUSED = 1
WRONG_USE = 2


@dataclass
class Answer:
    """What a command has to say: `data` for programs, `lines` and `table` for people, `code` for scripts.

    `exercise`: it is about an exercise, whatever it says.
    """

    data: Any = None
    lines: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = field(default_factory=tuple)
    code: int = 0
    exercise: bool = False


def run(app: App, tokens: list[str]) -> NoReturn:
    """Run one command and end the process with its exit code."""
    code = run_command(app, tokens)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the engine's client may abort an orderly exit (sdk-python issue 300)


def run_command(app: App, tokens: list[str]) -> int:
    """Run one command; its exit code."""
    as_json, debug = "--json" in tokens, "--debug" in tokens
    words = [token for token in tokens if token not in ("--json", "--debug")]
    return _run(app, words, as_json=as_json, debug=debug)


def _run(app: App, words: list[str], *, as_json: bool, debug: bool) -> int:  # noqa: PLR0911 - one error, one code
    try:
        return _perform(app, words, as_json=as_json, debug=debug)
    except CycloptsError as error:
        return _complain(_one_line(str(error)), WRONG_USE, debug=debug)
    except LeerpError as error:
        return _complain(error.sentence, error.exit_code, debug=debug)
    except ValidationError as error:
        return _complain(_first_fault(error), WRONG_USE, debug=debug)
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person gets a sentence, not a traceback
        kind = type(error).__name__
        return _complain(f"unexpected {kind}: {_one_line(str(error))} (--debug shows where)", REFUSED, debug=debug)


def _perform(app: App, words: list[str], *, as_json: bool, debug: bool) -> int:
    configure_logs("debug" if debug else Settings().log_level)
    command, bound, _ = app.parse_args(words, print_error=False, exit_on_error=False)
    answer = command(*bound.args, **bound.kwargs)
    if inspect.isawaitable(answer):
        answer = asyncio.run(_awaited(answer))
    return _show(answer, as_json=as_json) if isinstance(answer, Answer) else 0


async def _awaited(answer: Awaitable[Answer]) -> Answer:
    return await answer


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg'].removeprefix('Value error, ')}" if place else first["msg"]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


def _complain(sentence: str, code: int, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"{rehearsal.who_complains()}: {sentence}", file=sys.stderr)
    return code


def _show(answer: Answer, *, as_json: bool) -> int:
    if as_json:
        text = json.dumps(_plain(answer.data), ensure_ascii=False, indent=2, sort_keys=False)
        rehearsal.mark(text, as_json=True, certain=answer.exercise)
        print(text)
        return answer.code
    told = (*answer.lines, *(str(cell) for row in answer.rows for cell in row))
    if answer.lines or answer.header:
        rehearsal.mark("\n".join(told), as_json=False, certain=answer.exercise)
    for line in answer.lines:
        print(line)
    if answer.header:
        table = Table(*answer.header, box=None, pad_edge=False)
        for row in answer.rows:
            table.add_row(*("" if cell is None else str(cell) for cell in row))
        console = Console(highlight=False, markup=False, emoji=False)
        if not console.is_terminal:
            console.width = 200
        console.print(table)
    return answer.code


def _plain(data: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(data, BaseModel):
        return data.model_dump(mode="json")
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(item) for item in data]
    return data


SMALL_FILE = 1024 * 1024
"""The most bytes of a file that a person writes by hand."""


def read_file(path: str, *, limit: int) -> bytes:
    """The bytes of a file the user named; BadInputError when it is not there, is no file, or is too large."""
    try:
        known = os.stat(path)  # noqa: PTH116 - one call answers both questions
        if not stat.S_ISREG(known.st_mode):
            raise BadInputError(f"{path}: is no regular file; name a file")
        size = known.st_size
        if size > limit:
            raise BadInputError(f"{path}: {size // 2**20} MiB is more than the {limit // 2**20} MiB that are taken in")
        with open(path, "rb") as file:  # noqa: PTH123 - the same
            return file.read(limit + 1)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror})") from error


def write_file(path: str, content: bytes) -> None:
    """Write a file the user named; BadInputError when that cannot be done."""
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - a path as the user wrote it
            file.write(content)
    except OSError as error:
        raise BadInputError(f"{path}: cannot be written ({error.strerror})") from error
