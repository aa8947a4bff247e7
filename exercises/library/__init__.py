"""The scenarios that leerp brings along, and the reading of any other."""

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


def load(name_or_path: str, *, directory: Directory | None = None) -> Scenario:
    """The scenario of that name, or in that file; checked against the directory if one is given.

    Raises BadInputError with the file, the line and the key of the first fault.
    """
    if name_or_path in names():
        content = (resources.files(__name__) / f"{name_or_path}{_ENDING}").read_bytes()
        return read_scenario(content, name=f"{name_or_path}{_ENDING}", directory=directory)
    return read_scenario(_content_of(Path(name_or_path)), name=name_or_path, directory=directory)


def _content_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise BadInputError(f"{path}: larger than {MAX_YAML_BYTES // 2**20} MiB; split the scenario")
        return path.read_bytes()
    except OSError as error:
        known = ", ".join(names())
        raise BadInputError(
            f"{path}: no such file ({error.strerror}), and no scenario of the library, which has {known}"
        ) from error


def read_scenario(content: bytes, *, name: str, directory: Directory | None = None) -> Scenario:
    """The scenario in the bytes of a YAML file; see `load`."""
    document = yaml_of(content, name=name)
    scenario = model_of(Scenario, document, name=name)
    fault = next(faults(scenario, directory=directory), None)
    if fault:
        line = line_of(document, fault.location)
        where = f", line {line}" if line else ""
        keys = ".".join(str(part) for part in fault.location)
        raise BadInputError(f"{name}{where}, key {keys}: {fault.sentence}")
    return scenario
