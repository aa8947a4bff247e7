"""Where things are in the state folder while leerp runs: addresses, and the marks of who is ready."""

import contextlib
import json
from pathlib import Path

from exercises.live_places import DESCRIPTION, FOLDER
from leerp.errors import ServiceMissingError
from leerp.notices import Mode
from leerp.settings import Settings


def of_its_folder(settings: Settings) -> Settings:
    """The settings that hold in the state folder: of a live exercise, its own whatever the environment says.

    Such a folder has its own store and its own engine with a name space of its own, signs nothing, and takes in and
    sends out nothing but exercises (DESIGN rule 10): no setting can lead out of it.
    """
    try:
        run = json.loads((settings.home / FOLDER / DESCRIPTION).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return settings
    own = {"mode": Mode.EXERCISE, "temporal_namespace": run["namespace"], "home": settings.home}
    keep = {name: getattr(settings, name) for name in _KEPT_IN_AN_EXERCISE}
    return Settings.model_construct().model_copy(update=keep | own)


_KEPT_IN_AN_EXERCISE = ("actor", "desk_host", "desk_port", "log_level", "watch_seconds", "stuck_after_minutes")
"""What of the environment holds in an exercise too. Everything else would lead to what is real."""


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
