"""What an operator settles for a mail channel. Reading it loads nothing that could send."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from leerp.errors import BadInputError
from leerp.marking import Level
from leerp.model import Line, Model
from notifications.channels.smtp import addresses


class SmtpSettings(Model):
    """A mail server and how leerp speaks to it. `maximum`: the highest level the channel is accredited for.

    `starttls` with a verified certificate is the default; `ca_file` (PEM) names the authority of a server that is not
    publicly trusted. The password stands in `password_file` or in the environment variable `password_env`.
    `connections`: how many may be open at once.
    """

    type: Literal["smtp"]
    maximum: Level
    host: Line
    port: int = Field(default=587, ge=1, le=65_535)
    starttls: bool = True
    ca_file: Path | None = None
    from_address: Line
    username: Line | None = None
    password_file: Path | None = None
    password_env: Line | None = None
    connections: int = Field(default=8, ge=1, le=64)
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)

    @field_validator("from_address", mode="after")
    @classmethod
    def _can_be_answered(cls, value: str) -> str:
        wrong = addresses.fault(value)
        if wrong:
            raise ValueError(f"the address {wrong}")
        return value

    @model_validator(mode="after")
    def _password_fits(self) -> "SmtpSettings":
        places = [place for place in (self.password_file, self.password_env) if place is not None]
        if len(places) != (1 if self.username else 0):
            raise ValueError("username needs exactly one of password_file and password_env, and they need it")
        if self.username and not self.starttls:
            raise ValueError("a password is never sent in the clear: set starttls to true, or remove the username")
        return self

    def below(self, folder: Path) -> "SmtpSettings":
        """The same settings with relative files taken from that folder."""
        files = {"password_file": self.password_file, "ca_file": self.ca_file}
        return self.model_copy(update={key: folder / file for key, file in files.items() if file is not None})

    def password(self) -> str | None:
        """The password, read anew each time so that it can be changed; BadInputError if it is not there."""
        if self.password_env is not None:
            secret = os.environ.get(self.password_env, "")
            place = f"the environment variable {self.password_env}"
        elif self.password_file is not None:
            secret, place = _first_line(self.password_file), f"the file {self.password_file}"
        else:
            return None
        if not secret:
            raise BadInputError(f"{place} holds no password for {self.host}; put it there")
        return secret

    def address_fault(self, address: str) -> str | None:
        """Why no mail can be sent to this address, or None."""
        return addresses.fault(address)


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        return ""
