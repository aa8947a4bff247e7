"""What an operator settles for a mail channel. Reading it loads nothing that could send."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from leerp.marking import Level
from leerp.model import Line, Model
from leerp.notices import Form
from notifications.channels.secrets import secret_from
from notifications.channels.smtp import addresses


class Sign(StrEnum):
    """How every message of the channel is signed."""

    NONE = "none"
    OPENPGP = "openpgp"
    SMIME = "smime"


class Encrypt(StrEnum):
    """For whom a message is encrypted: nobody; readers who have a key; every reader, and whoever has none gets none."""

    NEVER = "never"
    IF_KEY = "if_key"
    ALWAYS = "always"


class DkimSettings(Model):
    """How the sender's domain vouches for a message (RFC 6376): under which name its public key stands in the DNS.

    `domain`: that of `from_address`, or one that it belongs to. `key_file`: an RSA key in PEM.
    """

    selector: Annotated[str, StringConstraints(max_length=63, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
    domain: Line
    key_file: Path


class SmtpSettings(Model):
    """A mail server and how leerp speaks to it. `maximum`: the highest level the channel is accredited for.

    `starttls` with a verified certificate is the default; `ca_file` (PEM) names the authority of a server that is not
    publicly trusted. The password stands in `password_file` or in the environment variable `password_env`.
    `connections`: how many may be open at once.

    `signing_key_file`: an armoured OpenPGP secret key, or a private key in PEM with `signing_certificate_file` (its
    certificate first, then those between it and the root). A key with a password of its own has that in
    `signing_password_file` or `signing_password_env`.
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
    forms: tuple[Form, ...] = Field(
        default=(Form.TEXT, Form.HTML, Form.JSON, Form.PDF, Form.CALENDAR, Form.BUNDLE), min_length=1
    )
    sign: Sign = Sign.NONE
    signing_key_file: Path | None = None
    signing_certificate_file: Path | None = None
    signing_password_file: Path | None = None
    signing_password_env: Line | None = None
    encrypt: Encrypt = Encrypt.NEVER
    dkim: DkimSettings | None = None

    @property
    def needs_key(self) -> bool:
        """Whether mail goes to nobody without a key."""
        return self.encrypt is Encrypt.ALWAYS

    @property
    def protects(self) -> bool:
        """Whether messages are signed or encrypted in any way."""
        return self.sign is not Sign.NONE or self.encrypt is not Encrypt.NEVER or self.dkim is not None

    @field_validator("from_address", mode="after")
    @classmethod
    def _can_be_answered(cls, value: str) -> str:
        wrong = addresses.fault(value)
        if wrong:
            raise ValueError(f"the address {wrong}")
        return value

    @model_validator(mode="after")
    def _password_fits(self) -> "SmtpSettings":
        if _count(self.password_file, self.password_env) != (1 if self.username else 0):
            raise ValueError("username needs exactly one of password_file and password_env, and they need it")
        if self.username and not self.starttls:
            raise ValueError("a password is never sent in the clear: set starttls to true, or remove the username")
        return self

    @model_validator(mode="after")
    def _keys_fit(self) -> "SmtpSettings":
        if (self.signing_key_file is None) != (self.sign is Sign.NONE):
            raise ValueError("sign: openpgp and sign: smime need signing_key_file, and it needs one of them")
        if (self.signing_certificate_file is None) == (self.sign is Sign.SMIME):
            raise ValueError("sign: smime needs signing_certificate_file, and nothing else does")
        if _count(self.signing_password_file, self.signing_password_env) > (self.sign is not Sign.NONE):
            raise ValueError("a signing key has at most one of signing_password_file and signing_password_env")
        return self

    @model_validator(mode="after")
    def _own_domain(self) -> "SmtpSettings":
        sender = self.from_address.rpartition("@")[2].lower()
        if self.dkim is not None and not f".{sender}".endswith(f".{self.dkim.domain.lower()}"):
            raise ValueError(f"dkim.domain must be {sender}, or a domain that it belongs to; no other can vouch for it")
        return self

    def below(self, folder: Path) -> "SmtpSettings":
        """The same settings with relative files taken from that folder."""
        changes: dict[str, object] = {name: folder / value for name, value in self if isinstance(value, Path)}
        if self.dkim is not None:
            changes["dkim"] = self.dkim.model_copy(update={"key_file": folder / self.dkim.key_file})
        return self.model_copy(update=changes)

    def password(self) -> str | None:
        """The password, read anew each time so that it can be changed; BadInputError if it is not there."""
        return secret_from(self.password_file, self.password_env, what=f"password for {self.host}")

    def signing_password(self) -> str | None:
        """The password of the signing key, None if it has none; BadInputError if it is not there."""
        place = (self.signing_password_file, self.signing_password_env)
        return secret_from(*place, what="password of the signing key")

    def address_fault(self, address: str) -> str | None:
        """Why no mail can be sent to this address, or None."""
        return addresses.fault(address)


def _count(*places: object) -> int:
    return sum(place is not None for place in places)
