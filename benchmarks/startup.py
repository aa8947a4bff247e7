"""How long `leerp up` takes until it says that it is up, against the engine's own start in the same run."""

import asyncio
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from desk.supervisor import engine_command
from tests.servers import Leerp, free_port, wait_for_engine

REPETITIONS = 5
TARGET_SECONDS_AFTER_ENGINE = 2.0


async def engine_alone(folder: Path) -> float:
    """Seconds from starting Temporal until its frontend answers."""
    port = free_port()
    begun = time.monotonic()
    with (folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it only starts
            engine_command(folder / "temporal.db", port), stdout=log, stderr=log
        )
    await wait_for_engine(f"127.0.0.1:{port}")
    took = time.monotonic() - begun
    process.terminate()
    process.wait(10)
    await asyncio.sleep(0.2)  # lets the engine's client end first (sdk-python issue 300)
    return took


def whole(home: Path) -> float:
    """Seconds from starting `leerp up` until it prints its last line."""
    leerp = Leerp(home)
    begun = time.monotonic()
    leerp.start()
    took = time.monotonic() - begun
    leerp.stop()
    return took


def main() -> None:
    """Measure alternately and print one JSON document."""
    engine, up = [], []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        whole(home)  # the first start also lays out the configuration and makes the databases
        for number in range(REPETITIONS):
            alone = Path(folder) / str(number)
            alone.mkdir()
            engine.append(asyncio.run(engine_alone(alone)))
            up.append(whole(home))
    after = [one - other for one, other in zip(up, engine, strict=True)]
    document = {
        "benchmark": "start of leerp up",
        "engine_seconds": [round(one, 2) for one in engine],
        "up_seconds": [round(one, 2) for one in up],
        "median_seconds_after_engine": round(statistics.median(after), 2),
        "target_seconds": TARGET_SECONDS_AFTER_ENGINE,
        "within_target": statistics.median(after) <= TARGET_SECONDS_AFTER_ENGINE,
    }
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
