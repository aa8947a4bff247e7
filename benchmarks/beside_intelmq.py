"""How many events IntelMQ moves from a file to a file, and which of them are lost or doubled when its bots are killed.

    python3 benchmarks/beside_intelmq.py --intelmq FOLDER [--events 10000] [--kills 3]

FOLDER: where the programs of IntelMQ are, in a virtual environment of its own (`uv pip install intelmq
'setuptools<81'`). `redis-server` must be installed. IntelMQ does not run as root, so neither does this; it needs the
standard library alone. Nothing of it is needed by leerp or installed beside it. Prints one JSON document.

IntelMQ is run as it comes, with a Redis of its own on its own settings: a collector of files, the generic parser of
CSV, an output into a file, each a process. Ten files hold the events, an address and a number in each. One run is left
alone; in each further one the parser, the output or Redis, in turn, is killed with kill -9 when half of the events have
come, and started again at once. A run is over when nothing has come for ten seconds; an event is there when its number
stands in the output.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

STILL_SECONDS = 10
FILES = 10
PARSER, OUTPUT, REDIS = "parser", "output", "redis"
MODULES = {
    "collector": "intelmq.bots.collectors.file.collector_file",
    PARSER: "intelmq.bots.parsers.generic.parser_csv",
    OUTPUT: "intelmq.bots.outputs.file.output",
}
GROUPS = {"collector": "Collector", PARSER: "Parser", OUTPUT: "Output"}


class Bots:
    """IntelMQ in a folder, with its Redis."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._environment = {**os.environ, "INTELMQ_ROOT_DIR": str(folder)}
        self.written = folder / "events.txt"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._redis: list[str] = []

    def start(self, events: int) -> None:
        """Lay everything out, and start."""
        for name in ("etc", "var/log", "var/run", "var/lib/bots", "in"):
            (self._folder / name).mkdir(parents=True)
        package = next(self._programs.parent.glob("lib/python*/site-packages/intelmq"))
        shutil.copy(package / "etc" / "harmonization.conf", self._folder / "etc")
        port = _free_port()
        (self._folder / "etc" / "runtime.yaml").write_text(json.dumps(_runtime(self._folder, port)))
        for number in range(FILES):
            lines = [_line(one) for one in range(number, events, FILES)]
            (self._folder / "in" / f"{number}.csv").write_text("\n".join(lines) + "\n")
        self._redis = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        self._start(REDIS)
        while not _answers(port):
            time.sleep(0.05)
        for bot in (OUTPUT, PARSER, "collector"):
            self._start(bot)

    def _start(self, name: str) -> None:
        command = self._redis if name == REDIS else [str(self._programs / MODULES[name]), name]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        """Kill it with kill -9, and start it again."""
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait()
        self._start(name)

    def end(self) -> None:
        """End everything."""
        for process in self._running.values():
            process.kill()
            process.wait()

    def count(self) -> int:
        """How many lines there are."""
        return self.written.read_bytes().count(b"\n") if self.written.exists() else 0


def _runtime(folder: Path, port: int) -> dict[str, object]:
    queues = {"collector": {"_default": ["parser-queue"]}, PARSER: {"_default": ["output-queue"]}}
    own: dict[str, dict[str, object]] = {
        "collector": {"path": str(folder / "in"), "postfix": ".csv", "delete_file": True, "rate_limit": 3600},
        PARSER: {"columns": "source.ip,extra.number", "type_translation": {}, "default_url_protocol": "http://"},
        OUTPUT: {"file": str(folder / "events.txt"), "hierarchical_output": False, "keep_raw_field": False},
    }
    bots: dict[str, object] = {
        "global": {
            "source_pipeline_host": "127.0.0.1",
            "destination_pipeline_host": "127.0.0.1",
            "source_pipeline_port": port,
            "destination_pipeline_port": port,
            "logging_path": str(folder / "var" / "log"),
            "statistics_port": port,
        }
    }
    for bot, module in MODULES.items():
        more = {"destination_queues": queues[bot]} if bot in queues else {}
        bots[bot] = {
            "bot_id": bot,
            "enabled": True,
            "group": GROUPS[bot],
            "module": module,
            "name": bot,
            "run_mode": "continuous",
            "parameters": {**own[bot], **more},
        }
    return bots


def _line(number: int) -> str:
    return f"198.51.{number // 250 % 250}.{number % 250 + 1},N{number:06d}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def run(programs: Path, *, events: int, kill: str | None = None) -> dict[str, object]:
    """One run; `kill`: what is killed when half of the events have come."""
    with tempfile.TemporaryDirectory(prefix="beside-intelmq-") as name:
        bots = Bots(programs, Path(name))
        try:
            bots.start(events)
            return _watched(bots, events=events, kill=kill)
        finally:
            bots.end()


def _watched(bots: Bots, *, events: int, kill: str | None) -> dict[str, object]:
    first, last, seen, due = 0.0, time.monotonic(), 0, kill
    while time.monotonic() - last < (STILL_SECONDS if seen else 60):
        count = bots.count()
        if count > seen:
            last, seen = time.monotonic(), count
            first = first or last
        if due and seen >= events // 2:
            bots.kill(due)
            due = None
        time.sleep(0.02)
    found = Counter(re.findall(rb"N\d{6}", bots.written.read_bytes()))
    seconds = last - first
    return {
        "events": events,
        "killed": kill,
        "seconds": round(seconds, 1),
        "per_second": round(len(found) / seconds) if seconds else None,
        "lost": events - len(found),
        "doubled": sum(count - 1 for count in found.values()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Run IntelMQ beside leerp.")
    parser.add_argument("--intelmq", type=Path, required=True, help="the folder of its programs")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=3)
    options = parser.parse_args()
    alone = run(options.intelmq, events=options.events)
    due = (PARSER, OUTPUT, REDIS)
    killed = [
        run(options.intelmq, events=options.events, kill=due[number % len(due)]) for number in range(options.kills)
    ]
    print(json.dumps({"benchmark": "IntelMQ", "left_alone": alone, "killed": killed}, indent=2))


if __name__ == "__main__":
    main()
