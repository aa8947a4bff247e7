"""The command line `leerp` (DESIGN §6): for people on a terminal, and one JSON document with `--json`."""

import sys

from cyclopts import App

from desk.cli import acts, exercise, incident, journal, matrix, notice, people, report, schema, service
from desk.cli.running import run
from leerp import __version__

app = App(
    name="leerp",
    version=__version__,
    help=(
        "The EU Law Enforcement Emergency Response Protocol as durable workflows.\n\n"
        "With every command: --json prints one JSON document, --debug shows where an error came from. "
        "Exit codes: 0 done, 1 the answer is no, 2 wrong use or unreadable input, 3 a needed service is not there."
    ),
)

for room in (service, report, incident, acts, notice, people, matrix, exercise, journal, schema):
    room.add_to(app)


def main() -> None:
    """Run the command of this process and end it."""
    run(app, sys.argv[1:])
