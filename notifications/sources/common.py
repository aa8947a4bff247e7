"""What is settled for every source in the same way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from leerp.errors import BadInputError
from leerp.model import Model
from notifications.channels.secrets import secret_from
from notifications.destinations import Exemption, Rules

SHORTEST_SECONDS = 10.0


class SourceSettings(Model):
    """How often a source is read, and when its silence or its faults become an alarm.

    `interval_seconds`: from the end of one reading to the next. `expected_every_minutes`: after so long without
    anything new it counts as silent; absent, it may be silent for ever. `alarm_after_failures`: so many failed readings
    in a row are an alarm. `timeout_seconds`: for each request. `lookback_hours`: how far back the first reading goes.
    `ca_file` (PEM): the only authority to believe, for a server that is not publicly trusted.
    """

    interval_seconds: float = Field(default=300.0, ge=SHORTEST_SECONDS, le=86_400)
    expected_every_minutes: float | None = Field(default=None, gt=0, le=366 * 24 * 60)
    alarm_after_failures: int = Field(default=3, ge=1, le=1_000)
    timeout_seconds: float = Field(default=60.0, gt=0, le=600)
    lookback_hours: float = Field(default=24.0, ge=0, le=366 * 24)
    ca_file: Path | None = None

    def below(self, folder: Path) -> Self:
        """The same settings with relative files taken from that folder."""
        files = {name: folder / value for name, value in self if isinstance(value, Path)}
        return self.model_copy(update=files)

    def faults(self) -> Iterator[str]:
        """What can be found wrong without asking a server: secrets that are missing or open to others."""
        for name, value in self:
            if name.endswith("_file") and isinstance(value, Path) and name != "ca_file":
                try:
                    secret_from(value, None, what=name.removesuffix("_file").replace("_", " "))
                except BadInputError as error:
                    yield error.sentence
        if self.ca_file is not None and not self.ca_file.is_file():
            yield f"there is no file {self.ca_file}; put the certificate of the authority there"


class WebSettings(SourceSettings):
    """A source on the web. Only public addresses on port 443 are open; see `notifications.destinations`.

    `trusted_clock`: whether the date that the server gives is compared with the centre's own clock.
    """

    allow_private_networks: bool = False
    exemptions: tuple[Exemption, ...] = Field(default=(), max_length=64)
    trusted_clock: bool = False

    @property
    def rules(self) -> Rules:
        """Where requests may go."""
        return Rules(allow_private_networks=self.allow_private_networks, exemptions=self.exemptions)

    @property
    def address(self) -> str:
        """The web address that is asked."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _may_be_asked(self) -> Self:
        fault = self.rules.fault(self.address)
        if fault:
            raise ValueError(f"the address {fault}")
        return self


def from_file(file: Path | None, *, what: str) -> str | None:
    """A secret, read anew each time so that it can be changed; BadInputError if its file is missing or open."""
    return secret_from(file, None, what=what, trimmed=True)
