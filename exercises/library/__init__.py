"""The scenarios that leerp brings along, and the reading of any other."""

from collections.abc import Collection
from importlib import resources
from pathlib import Path

from exercises.checking import faults
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.formats.strict import MAX_YAML_BYTES, line_of, model_of, yaml_of
from leerp.stakeholders import Directory

_ENDING = ".yaml"


def names() -> list[str]:
    """The names of the scenarios in the library, sorted."""
    files = (item.name for item in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(_ENDING) for name in files if name.endswith(_ENDING))


def load(name_or_path: str, *, directory: Directory | None = None, channels: Collection[str] | None = None) -> Scenario:
    """The scenario of that name, or in that file; checked against the directory and channels if they are given.

    Raises BadInputError with the file, the line and the key of the first fault.
    """
    name = f"{name_or_path}{_ENDING}" if name_or_path in names() else name_or_path
    return read_scenario(content_of(name_or_path), name=name, directory=directory, channels=channels)


def content_of(name_or_path: str) -> bytes:
    """The bytes of the scenario of that name, or of that file. BadInputError when there is neither."""
    if name_or_path in names():
        return (resources.files(__name__) / f"{name_or_path}{_ENDING}").read_bytes()
    return _content_of(Path(name_or_path))


def _content_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise BadInputError(f"{path}: larger than {MAX_YAML_BYTES // 2**20} MiB; split the scenario")
        return path.read_bytes()
    except OSError as error:
        known = ", ".join(names())
        there = "a folder and no file" if path.is_dir() else "no such file"
        raise BadInputError(
            f"{path}: {there} ({error.strerror}), and no scenario of the library, which has {known}"
        ) from error


def read_scenario(
    content: bytes, *, name: str, directory: Directory | None = None, channels: Collection[str] | None = None
) -> Scenario:
    """The scenario in the bytes of a YAML file; see `load`."""
    document = yaml_of(content, name=name)
    if not isinstance(document, dict):
        held = "nothing is in it" if document is None else "it does not begin with keys"
        raise BadInputError(f"{name}: no scenario, {held}; `leerp schema scenario` says what each key is")
    scenario = model_of(Scenario, document, name=name)
    fault = next(faults(scenario, directory=directory, channels=channels), None)
    if fault:
        line = line_of(document, fault.location)
        where = f", line {line}" if line else ""
        raise BadInputError(f"{name}{where}, key {fault.key}: {fault.sentence}")
    return scenario
