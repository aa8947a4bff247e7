"""What an operator settles for a webhook channel. Reading it loads nothing that could send."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from leerp.marking import Level
from leerp.model import Model
from leerp.notices import Form
from notifications.channels.webhook.secrets import Secrets
from notifications.destinations import Exemption, Rules

KeyId = Annotated[str, StringConstraints(pattern=r"^[!#-\[\]-~]{1,128}$")]
"""What names a key in a signature: ASCII without spaces, quotes and backslashes."""


class Rfc9421(Model):
    """HTTP message signatures (RFC 9421): Ed25519 with a key of the centre's, or HMAC-SHA256 with shared secrets.

    `key_file`: the private key (PEM, PKCS #8, not encrypted). `key_id`: by what name the readers know it.
    """

    scheme: Literal["rfc9421"]
    key_id: KeyId
    key_file: Path | None = None
    secrets: Secrets | None = None

    @model_validator(mode="after")
    def _one_key(self) -> "Rfc9421":
        if (self.key_file is None) == (self.secrets is None):
            raise ValueError("a signature needs exactly one of key_file (Ed25519) and secrets (HMAC)")
        return self

    def below(self, folder: Path) -> "Rfc9421":
        """The same with relative files taken from that folder."""
        return self.model_copy(
            update={
                "key_file": folder / self.key_file if self.key_file else None,
                "secrets": self.secrets.below(folder) if self.secrets else None,
            }
        )


class Standard(Model):
    """Signatures as in Standard Webhooks 1.0.0, with shared secrets."""

    scheme: Literal["standard"]
    secrets: Secrets

    def below(self, folder: Path) -> "Standard":
        """The same with relative files taken from that folder."""
        return self.model_copy(update={"secrets": self.secrets.below(folder)})


class WebhookSettings(Model):
    """How leerp speaks to the readers' servers. `maximum`: the highest level the channel is accredited for.

    `answers`: the secrets with which readers sign an acknowledgement in their answer; those of the signature unless
    said otherwise, and without any no answer acknowledges. `ca_file` (PEM): the only authority to believe, for
    servers that are not publicly trusted. `allow_private_networks`, `exemptions`: see `notifications.destinations`.
    """

    type: Literal["webhook"]
    maximum: Level
    forms: tuple[Form, ...] = Field(default=(Form.JSON, Form.STIX), min_length=1)
    signature: Annotated[Rfc9421 | Standard, Field(discriminator="scheme")]
    answers: Secrets | None = None
    ca_file: Path | None = None
    connections: int = Field(default=8, ge=1, le=64)
    timeout_seconds: float = Field(default=20.0, gt=0, le=600)
    allow_private_networks: bool = False
    exemptions: tuple[Exemption, ...] = Field(default=(), max_length=64)

    @property
    def needs_key(self) -> bool:
        """Never: what is sent is signed, and encrypted by TLS alone."""
        return False

    @property
    def rules(self) -> Rules:
        """Where the requests may go."""
        return Rules(allow_private_networks=self.allow_private_networks, exemptions=self.exemptions)

    @property
    def answer_secrets(self) -> Secrets | None:
        """What an acknowledgement in an answer must be signed with; None: no answer acknowledges."""
        return self.answers or self.signature.secrets

    def below(self, folder: Path) -> "WebhookSettings":
        """The same settings with relative files taken from that folder."""
        return self.model_copy(
            update={
                "signature": self.signature.below(folder),
                "answers": self.answers.below(folder) if self.answers else None,
                "ca_file": folder / self.ca_file if self.ca_file else None,
            }
        )

    def address_fault(self, address: str) -> str | None:
        """Why no request can be sent to this address, or None; no name server is asked."""
        return self.rules.fault(address)
