"""Where things are in the state folder while leerp runs: addresses, and the marks of who is ready."""

import contextlib
import json
from pathlib import Path

from leerp.errors import ServiceMissingError
from leerp.settings import Settings


def note_ready(mark: Path) -> None:
    """Tell the supervisor that this process is ready."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def engine_file(settings: Settings) -> Path:
    """Where the supervisor notes the address of the embedded engine."""
    return settings.run / "engine.json"


def engine_address(settings: Settings) -> str:
    """The address of the engine: the configured one, or the embedded one of a running `leerp up`."""
    if settings.temporal_address:
        return settings.temporal_address
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        return str(json.loads(engine_file(settings).read_text(encoding="utf-8"))["address"])
    raise ServiceMissingError("No engine is known; start one with `leerp up`, or set LEERP_TEMPORAL_ADDRESS.")


def desk_file(settings: Settings) -> Path:
    """Where the supervisor notes the address of its desk."""
    return settings.run / "desk.json"


def desk_address(settings: Settings) -> str:
    """The address of the desk: that of a running `leerp up`, or the configured one."""
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        return str(json.loads(desk_file(settings).read_text(encoding="utf-8"))["address"])
    return f"http://{settings.desk_host}:{settings.desk_port}"
