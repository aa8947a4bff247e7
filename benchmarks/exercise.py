"""How long `leerp exercise run wannacry-2017` takes, start-up of the process included."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPETITIONS = 3
TARGET_SECONDS = 15.0


def main() -> None:
    """Run it some times and print one JSON document."""
    took = []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(REPETITIONS):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "desk", "exercise", "run", "wannacry-2017", "--out", folder + "/out"]
            begun = time.monotonic()
            subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
            took.append(time.monotonic() - begun)
    document = {
        "benchmark": "exercise run wannacry-2017",
        "seconds": [round(one, 2) for one in took],
        "median_seconds": round(statistics.median(took), 2),
        "target_seconds": TARGET_SECONDS,
        "within_target": statistics.median(took) <= TARGET_SECONDS,
    }
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    main()
