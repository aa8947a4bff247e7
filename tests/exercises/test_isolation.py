"""DESIGN rule 10 by construction: an exercise builds nothing that could reach the world, whatever is configured."""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from desk.cli import perform
from notifications.configuration import lay_out_example
from tests.exercises.scenarios import SHORT
from tests.secret_files import secret_file

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("leerp", "matrices", "records", "notifications", "activities", "workflows", "exercises", "desk")
SPEAKS = {
    *("socket", "ssl", "smtplib", "ftplib", "telnetlib", "http", "urllib.request", "xmlrpc", "socketserver"),
    *("aiohttp", "aiosmtplib", "nio", "slack_sdk", "requests", "httpx", "httpcore", "websockets", "dns"),
}
"""Modules with which a program reaches others over a network."""


class Loads(NamedTuple):
    """The modules that a module loads: with itself, and later in a function of that name."""

    at_once: frozenset[str]
    later: frozenset[tuple[str, str]]


@cache
def loads(module: str) -> Loads:
    """What a module of ours loads."""
    tree = ast.parse(_path(module).read_text(encoding="utf-8"))
    within = {id(node): name for name, part in _functions(tree) for node in ast.walk(part)}
    found = [(name, within.get(id(node))) for node in ast.walk(tree) for name in _named(node)]
    return Loads(
        at_once=frozenset(name for name, function in found if function is None),
        later=frozenset((name, function) for name, function in found if function is not None),
    )


def _functions(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node


def _named(node: ast.AST) -> list[str]:
    """The modules that a statement may load: of `from a import b` both a and a.b."""
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    return []


def _path(module: str) -> Path:
    place = ROOT / module.replace(".", "/")
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def ours(module: str) -> bool:
    """Whether it is a module of the project."""
    return module.split(".", maxsplit=1)[0] in ROOMS and _path(module).exists()


def reached(*begin: str) -> set[str]:
    """Every module of ours that is loaded with these, and with those, and so on."""
    todo, found = list(begin), set[str]()
    while todo:
        module = todo.pop()
        if module not in found and ours(module):
            found.add(module)
            parents = [module.rpartition(".")[0]] if "." in module else []
            todo.extend([*loads(module).at_once, *parents])
    return found


def speaks(module: str) -> set[str]:
    """With what a module reaches others over a network."""
    return {name for name in loads(module).at_once if any(name == one or name.startswith(f"{one}.") for one in SPEAKS)}


BUILDERS = {
    ("notifications.channels", "_build"),
    ("notifications.command_posts.services", "_build"),
}
"""Where what speaks is loaded on use: the two functions that ask for the mode first, as the tests below show."""


def test_nothing_that_the_worker_of_an_exercise_loads_speaks_to_anybody() -> None:
    """From the worker and the player on, no module of ours loads what opens a connection; the transports are not there.

    What is loaded later, in a function, is allowed only in the two that build channels and rooms.
    """
    all_of_them = reached("desk.worker", "exercises.player")
    assert {"notifications.channels", "notifications.command_posts.services", "activities.sending"} <= all_of_them
    assert {module: speaks(module) for module in all_of_them if speaks(module)} == {}
    late = {
        (module, function)
        for module in all_of_them
        for name, function in loads(module).later
        if any(speaks(one) for one in reached(name)) or name.split(".")[0] in SPEAKS
    }
    assert late <= BUILDERS


def test_the_scan_sees_what_does_speak() -> None:
    """The transports are found to speak, and to be loaded by the two builders: the scan is not blind."""
    assert "aiosmtplib" in speaks("notifications.channels.smtp.transport")
    assert "aiohttp" in speaks("notifications.command_posts.matrix")
    for module, function in BUILDERS:
        lately = {name for name, where in loads(module).later if where == function}
        assert any(speaks(one) for name in lately for one in reached(name))


PLAYS = """
import asyncio, json, sys
from pathlib import Path
spoken = []
def hear(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind"):
        spoken.append([event, str(arguments[1:])])
sys.addaudithook(hear)
from desk.worker import build_worker
from exercises.library import read_scenario
from exercises.player import play
from exercises.setting import setting
from leerp.notices import Mode
from notifications.command_posts.services import build_room_services
from notifications.configuration import load_channels
config, file, out = map(Path, sys.argv[1:])
async def run():
    services = build_room_services(load_channels(config / "channels.yaml"), mode=Mode.EXERCISE, state=config)
    for service in services.values():
        address = await service.open("EXERCISE-1", topic="a topic", greeting="a greeting")
        await service.invite(address, ["@duty:matrix.example"])
        await service.archive(address)
    scenario = read_scenario(file.read_bytes(), name="short")
    return await play(scenario, out=out, build_worker=build_worker, centre=setting(config)), sorted(services)
outcome, services = asyncio.run(run())
live = ("transport", "slack.api", "command_posts.slack", "command_posts.matrix", "evidence.authority", "outgoing")
network = ("aiohttp", "aiosmtplib", "nio", "slack_sdk", "smtplib")
print(json.dumps({
    "met": outcome.met,
    "services": services,
    "spoken": spoken,
    "loaded": sorted(
        name for name in sys.modules
        if name in network or (name.startswith("notifications.") and name.endswith(live) and "outbox" not in name)
    ),
}))
"""
"""An exercise in a process of its own, which tells with whom it has spoken and what it has loaded."""

SERVERS = ("mail", "slack", "hook", "matrix", "timestamps")


@asynccontextmanager
async def listening(heard: list[str], name: str) -> AsyncIterator[int]:
    """A server on a port of loopback that notes whoever so much as connects."""

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(name)
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def lay_out_live(config: Path, ports: dict[str, int]) -> None:
    """Every channel of the example leads to a live server, and so do rooms and timestamps."""
    lay_out_example(config)
    for name, content in (("secret", "whsec_" + "QUJD" * 10), ("token", "xoxb-1-abc"), ("password", "secret")):
        secret_file(config / name, f"{content}\n")
    mail = {"type": "smtp", "host": "127.0.0.1", "port": ports["mail"], "starttls": False}
    signature = {"scheme": "standard", "secrets": {"file": "secret"}}
    exempt = {"host": "127.0.0.1", "ports": [ports["hook"]]}
    slack = f"http://127.0.0.1:{ports['slack']}/api/"
    channels = {
        "email": {**mail, "maximum": "BPL", "from_address": "ecc@centre.example"},
        "secure": {"type": "slack", "maximum": "CONFIDENTIEL", "token_file": "token", "base_url": slack},
        "outbox": {
            "type": "webhook",
            "maximum": "RESTREINT",
            "allow_private_networks": True,
            "signature": signature,
            "exemptions": [exempt],
        },
    }
    matrix = {"type": "matrix", "maximum": "RESTREINT", "user": "@leerp:127.0.0.1", "password_file": "password"}
    rooms = {
        "slack-rooms": {"type": "slack", "channel": "secure"},
        "matrix-rooms": matrix | {"homeserver": f"http://127.0.0.1:{ports['matrix']}"},
    }
    (config / "channels.yaml").write_text(json.dumps({"channels": channels, "rooms": rooms}))
    stamps = {"url": f"http://127.0.0.1:{ports['timestamps']}/tsa", "ca_file": "ca.pem"}
    (config / "timestamps.yaml").write_text(json.dumps(stamps))


async def test_with_everything_live_in_the_configuration_nobody_hears_of_a_run(tmp_path: Path) -> None:
    """Mail, Slack, webhook, both kinds of rooms and a timestamp authority: real servers listen, and none is connected.

    The process of the run has opened no connection of its own and loaded no transport.
    """
    config, scenario, heard = tmp_path / "config", tmp_path / "short.yaml", list[str]()
    scenario.write_text(SHORT, encoding="utf-8")
    async with AsyncExitStack() as servers:
        ports = {name: await servers.enter_async_context(listening(heard, name)) for name in SERVERS}
        await asyncio.to_thread(lay_out_live, config, ports)
        said = await asyncio.to_thread(_played, config, scenario, tmp_path / "out")
        assert heard == []
        for port in ports.values():
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        await asyncio.sleep(0.1)
        assert sorted(SERVERS) == sorted(heard)  # they do listen
    assert said == {"met": True, "services": ["matrix-rooms", "slack-rooms"], "spoken": [], "loaded": []}
    assert list((tmp_path / "out" / "notices").glob("*/csirt-lu/message.txt")) != []


def _played(config: Path, scenario: Path, out: Path) -> Any:
    command = [sys.executable, "-c", PLAYS, str(config), str(scenario), str(out)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_an_exercise_asks_no_timestamp_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The journal of an exercise is stamped by nobody, even where an authority is named on the command line."""
    monkeypatch.setenv("LEERP_HOME", str(tmp_path))
    monkeypatch.setenv("LEERP_LOG_LEVEL", "error")
    lay_out_example(tmp_path / "config")
    for mode, wanted in (("exercise", "an exercise has no timestamps"), ("actual", "no timestamp authority is known")):
        monkeypatch.setenv("LEERP_MODE", mode)
        perform(["migrate"])
        capsys.readouterr()
        assert perform(["evidence", "timestamp", "--all", "--as", "duty-officer"]) == 2
        assert wanted in capsys.readouterr().err
