"""Where things are in the state folder of a live exercise, and how a file is written there."""

import os
import threading
from pathlib import Path

RUNS = "exercises"
"""Where the runs of a leerp live in its state folder, each in a state folder of its own name."""

FOLDER = "exercise"
"""The folder in a run's state folder with what is the run's alone."""

DESCRIPTION = "live.json"
"""The file there that makes a state folder one of an exercise, and of nothing else for good."""

SCENARIO = "scenario.yaml"
DIARY = "diary.jsonl"
AWAY = "away.json"


def write_whole(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a file at once: whoever reads it, and whatever is killed, there is the old one or the new one.

    Several processes and threads may write it. `durable`: it is on the disk when this returns.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    fresh.replace(path)
