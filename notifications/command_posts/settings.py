"""What an operator settles for rooms of the virtual command post. Reading it loads nothing that could reach anybody."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from leerp.loopback import on_this_machine
from leerp.marking import Level
from leerp.model import Identifier, Line, Model
from notifications.channels.secrets import secret_from

MatrixUser = Annotated[str, StringConstraints(max_length=255, pattern=r"^@[a-z0-9._=/+-]+:[A-Za-z0-9.:\[\]-]+$")]
"""A user of Matrix (https://spec.matrix.org/v1.11/appendices/#user-identifiers)."""


class SlackRooms(Model):
    """Private channels in a workspace. `channel`: the Slack channel of channels.yaml whose app opens them.

    The app needs the scopes groups:write, groups:read and chat:write; the rooms may hold what that channel may.
    """

    type: Literal["slack"]
    channel: Identifier

    def below(self, folder: Path) -> "SlackRooms":  # noqa: ARG002 - it names no file
        """The same."""
        return self


class MatrixRooms(Model):
    """Rooms with end-to-end encryption on a Matrix server. `maximum`: the highest level it is accredited for.

    `homeserver`: its address; `user`: leerp's own account there, whose password stands in `password_file` or in the
    environment variable `password_env`. `ca_file`: the certificates to trust instead of the system's. `federate`:
    whether users of other servers may be invited, which cannot be changed for a room once it is open.
    """

    type: Literal["matrix"]
    maximum: Level
    homeserver: Line
    user: MatrixUser
    password_file: Path | None = None
    password_env: Line | None = None
    ca_file: Path | None = None
    federate: bool = False
    timeout_seconds: float = Field(default=20.0, gt=0, le=300)

    @field_validator("homeserver", mode="after")
    @classmethod
    def _in_private(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.scheme not in ("https", "http") or parts.query or "@" in value:
            raise ValueError("homeserver is an https address, such as https://matrix.centre.example")
        if parts.scheme == "http" and not on_this_machine(parts.hostname):
            raise ValueError("the password is never sent in the clear: homeserver begins with https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _one_password(self) -> "MatrixRooms":
        if (self.password_file is None) == (self.password_env is None):
            raise ValueError("the password stands in exactly one of password_file and password_env")
        return self

    def below(self, folder: Path) -> "MatrixRooms":
        """The same settings with relative files taken from that folder."""
        files = {"password_file": self.password_file, "ca_file": self.ca_file}
        return self.model_copy(update={key: folder / file for key, file in files.items() if file is not None})

    def password(self) -> str:
        """The password, read anew each time; BadInputError if it is not there."""
        return secret_from(self.password_file, self.password_env, what=f"password of {self.user}") or ""


AnyRooms = Annotated[SlackRooms | MatrixRooms, Field(discriminator="type")]
