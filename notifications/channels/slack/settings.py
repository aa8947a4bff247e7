"""What an operator settles for a Slack channel. Reading it loads nothing that could send."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from leerp.loopback import on_this_machine
from leerp.marking import Level
from leerp.model import Line, Model
from leerp.notices import Form
from notifications.channels.secrets import secret_from

USER_IDS = ("U", "W")
"""What the id of a user begins with; any other address is a conversation."""

_ADDRESS = re.compile(r"[CDGUW][A-Z0-9]{2,20}")


class SlackSettings(Model):
    """A Slack app of the operator's and how leerp uses it. `maximum`: the highest level the channel is accredited for.

    The bot token stands in `token_file` or in the environment variable `token_env`. `signing_secret_file` or
    `signing_secret_env`: the secret with which Slack signs what it tells of a pressed button; without one, messages
    have no button, since nobody could hear it. `base_url`: where the Web API is. `connections`: how many sessions may
    be open at once. `per_minute`: how many messages may be posted in the whole workspace. `seconds_between`: how long
    at least between two messages in one conversation. `patience_seconds`: up to how long a message waits when Slack
    wants to be left alone; if longer, it is tried again later. `lookback_days`: how far back the thread of an
    incident, and a message that may have been posted already, are looked for.
    """

    type: Literal["slack"]
    maximum: Level
    token_file: Path | None = None
    token_env: Line | None = None
    signing_secret_file: Path | None = None
    signing_secret_env: Line | None = None
    base_url: Line = "https://slack.com/api/"
    connections: int = Field(default=4, ge=1, le=64)
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    per_minute: int = Field(default=200, ge=1, le=6_000)
    seconds_between: float = Field(default=1.0, ge=0, le=60)
    patience_seconds: float = Field(default=30.0, ge=0, le=600)
    lookback_days: int = Field(default=30, ge=1, le=365)

    @property
    def forms(self) -> tuple[Form, ...]:
        """Only Slack's own: files are not uploaded."""
        return (Form.SLACK,)

    @property
    def needs_key(self) -> bool:
        """Never: Slack reads what it carries, which is why `maximum` should be low."""
        return False

    @field_validator("base_url", mode="after")
    @classmethod
    def _in_private(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or parts.scheme not in ("https", "http"):
            raise ValueError("base_url is an https address, such as https://slack.com/api/")
        if parts.scheme == "http" and not on_this_machine(parts.hostname):
            raise ValueError("the token is never sent in the clear: base_url begins with https://")
        return value

    @model_validator(mode="after")
    def _one_place_each(self) -> "SlackSettings":
        if (self.token_file is None) == (self.token_env is None):
            raise ValueError("the bot token stands in exactly one of token_file and token_env")
        if self.signing_secret_file is not None and self.signing_secret_env is not None:
            raise ValueError("the signing secret stands in one of signing_secret_file and signing_secret_env")
        return self

    def below(self, folder: Path) -> "SlackSettings":
        """The same settings with relative files taken from that folder."""
        files = {"token_file": self.token_file, "signing_secret_file": self.signing_secret_file}
        return self.model_copy(update={key: folder / file for key, file in files.items() if file is not None})

    def token(self) -> str:
        """The bot token, read anew each time so that it can be changed; BadInputError if it is not there."""
        return secret_from(self.token_file, self.token_env, what="bot token for Slack", trimmed=True) or ""

    @property
    def has_button(self) -> bool:
        """Whether a pressed button can be heard."""
        return self.signing_secret_file is not None or self.signing_secret_env is not None

    def signing_secret(self) -> str | None:
        """The signing secret, read anew each time; None if none is settled, BadInputError if it is not there."""
        place = (self.signing_secret_file, self.signing_secret_env)
        return secret_from(*place, what="signing secret for Slack", trimmed=True)

    def address_fault(self, address: str) -> str | None:
        """Why nothing can be sent to this address, or None."""
        if _ADDRESS.fullmatch(address):
            return None
        return "is no id of a Slack conversation (C…, D…, G…) or user (U…, W…)"
