"""The command line `leerp` (DESIGN §6): for people on a terminal, and one JSON document with `--json`.

A command loads the one module it stands in; only help and a word that nobody knows load them all.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from cyclopts import App

from desk.cli.running import run, run_command
from leerp import __version__

ROOMS = {
    "starting": ("up",),
    "working": ("worker",),
    "serving": ("serve",),
    "upkeep": ("migrate", "doctor"),
    "signing_in": ("sign-in",),
    "accounts": ("account",),
    "tokens": ("token",),
    "report": ("report",),
    "collecting": ("sources", "collect"),
    "incident": ("incident",),
    "acts": (
        "grade",
        "assess",
        "decide",
        "reconsider",
        "warn",
        "release",
        "inform",
        "acknowledge",
        "plan",
        "close",
    ),
    "contributions": ("contribute", "contribution"),
    "hits": ("hits",),
    "questions": ("question",),
    "team": ("team",),
    "plan": ("plan",),
    "restrictions": ("recall", "consent", "override"),
    "room": ("room",),
    "meeting": ("meeting",),
    "product": ("product",),
    "package": ("package",),
    "private_data": ("private-data",),
    "notice": ("notice",),
    "people": ("directory",),
    "matrix": ("matrix",),
    "exercise": ("exercise",),
    "journal": ("journal",),
    "evidence": ("evidence",),
    "searching": ("search",),
    "schema": ("schema",),
}
"""Each module of commands, with the words it answers to."""


def build_app(words: Sequence[str] = ()) -> App:
    """The application with the commands that these words may mean."""
    app = App(
        name="leerp",
        version=__version__,
        help=(
            "The EU Law Enforcement Emergency Response Protocol as durable workflows.\n\n"
            "With every command: --json prints one JSON document, --debug shows where an error came from. "
            "Exit codes: 0 done, 1 the answer is no, 2 wrong use or unreadable input, 3 a needed service is not there."
        ),
    )
    first = next((word for word in words if not word.startswith("-")), None)
    meant = [room for room, commands in ROOMS.items() if first in commands]
    for room in meant or ROOMS:
        import_module(f"desk.cli.{room}").add_to(app)
    return app


def perform(words: list[str]) -> int:
    """Run one command in this process; its exit code."""
    return run_command(build_app(words), words)


def main() -> None:
    """Run the command of this process and end it."""
    words = sys.argv[1:]
    run(build_app(words), words)
