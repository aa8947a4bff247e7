"""The collector: a process beside worker and desk that reads the sources of sources.yaml."""

from leerp.notices import Mode
from leerp.settings import Settings
from notifications.configuration import load_sources
from notifications.sources import SourcesFile


def sources_of(settings: Settings) -> SourcesFile:
    """The sources to read: none in an exercise (DESIGN rule 10)."""
    if settings.mode is Mode.EXERCISE:
        return SourcesFile()
    return load_sources(settings.config / "sources.yaml")
