"""A desk on a port, and schemathesis asking it all that its description allows, and more."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

import uvicorn

from leerp.machines import Scope
from records import ledger
from tests.api.machines import SOURCE, Gate, gate_here
from tests.records.cast import plan, planned, sent
from tests.servers import free_port

_ROOT = Path(__file__).parents[2]
_CONFIG = """
[auth.openapi.token]
bearer = "{token}"

[auth.openapi.session]
api_key = "{session}"

[checks.positive_data_acceptance]
# What fits the description may still be refused for what it says, such as a date in the future.
expected-statuses = ["2xx", "401", "403", "404", "409", "422"]

[[operations]]
include-path-regex = "reference"
parameters = {{ reference = "{reference}" }}
"""


class Described(NamedTuple):
    """Where the desk is, how schemathesis is set, and the description that is served."""

    address: str
    config: Path
    description: Path


@contextlib.contextmanager
def desk_on_a_port(folder: Path) -> Iterator[Described]:
    """A desk with an incident, in a thread of its own; a token for everything, and the session of an officer."""
    ready: Future[Described] = Future()
    over = threading.Event()

    async def run() -> None:
        try:
            async with gate_here(folder / "home") as gate:
                await _serve(gate, folder, ready=ready, over=over)
        except BaseException as error:
            ready.set_exception(error)
            raise

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        yield ready.result(60)
    finally:
        over.set()
        thread.join()


async def _serve(gate: Gate, folder: Path, *, ready: "Future[Described]", over: threading.Event) -> None:
    reference = await gate.desk.report("Attack")
    await plan(gate.desk.house.store, reference, [planned(SOURCE)])
    async with gate.desk.house.store.writing() as tx:
        await ledger.settle(tx, "N-1", [sent(SOURCE)])
    machine = await gate.machine(*Scope, per_minute=10_000_000)
    session = (await gate.desk.browser("duty-officer")).cookies["leerp-session"]
    config, description = folder / "schemathesis.toml", folder / "openapi.json"
    settled = _CONFIG.format(reference=reference, token=machine.secret, session=session)
    config.write_text(settled, encoding="utf-8")
    description.write_bytes((await machine.client.get("/api/v1/openapi.json")).content)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(gate.desk.application, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has a flag, not an event
        await asyncio.sleep(0.01)
    ready.set_result(Described(f"http://127.0.0.1:{port}", config, description))
    await asyncio.to_thread(over.wait)
    server.should_exit = True
    await serving


def ask_everything(desk: Described, *, examples: int, seed: int, phases: str) -> subprocess.CompletedProcess[str]:
    """Have schemathesis ask, with every check that it has."""
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(desk.config), "run"),
        *(str(desk.description), "--url", desk.address, "--checks", "all", "--max-examples", str(examples)),
        *("--seed", str(seed), "--phases", phases, "--generation-database", "none", "--no-color"),
    ]
    folder = desk.config.parent  # where it leaves its own files
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks", "PYTHONPATH": str(_ROOT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
