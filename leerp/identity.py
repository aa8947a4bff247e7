"""How people sign in at the desk: the centre's `identity.yaml`. Who they are is what the directory says."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from leerp.loopback import on_this_machine
from leerp.model import Identifier, Line, Model


class OidcSettings(Model):
    """A provider that vouches for people (OpenID Connect Core 1.0).

    `issuer`: exactly as its own metadata says. `person_claim`: which claim of the ID token tells the person;
    `people`: which person of the directory each of its values is, where the two are not the same.
    `email` counts only where the provider says that it has verified it.
    `client_secret_file` is taken from the folder of the file; `ca_file`: who has signed the provider's certificate,
    instead of the machine's own list. `algorithms`: what ID tokens may be signed with.
    """

    issuer: Line
    client_id: Line
    client_secret_file: Path
    person_claim: Line
    people: dict[Line, Identifier] = Field(default={}, max_length=20_000)
    name: Line = "the centre's account"
    scopes: tuple[Line, ...] = Field(default=("openid", "profile", "email"), max_length=16)
    algorithms: tuple[Line, ...] = Field(default=("RS256", "PS256", "ES256", "EdDSA"), min_length=1, max_length=8)
    ca_file: Path | None = None

    @field_validator("issuer", mode="after")
    @classmethod
    def _in_private(cls, value: str) -> str:
        """Whoever can change what the provider answers can sign in as anybody."""
        if not is_private(value) or urlsplit(value).query:
            raise ValueError("the issuer is an https address, as in https://login.centre.example")
        return value

    @field_validator("algorithms", mode="after")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """With a shared secret, or none, whoever holds our file could write tokens."""
        for one in value:
            if one[:2] not in ("RS", "PS", "ES", "Ed"):
                raise ValueError(f"{one} is not a signature with a key of the provider's own; use RS256 or ES256")
        return value


class Identity(Model):
    """The whole file; every key may be left out. `idle_minutes`: after how long without use a session ends.

    `requests_per_minute`: how often one session, or one address without any, may ask in a minute.
    """

    passwords: bool = True
    passkeys: bool = True
    oidc: OidcSettings | None = None
    idle_minutes: int = Field(default=120, ge=5, le=720)
    requests_per_minute: int = Field(default=1_200, ge=60, le=1_000_000)


def is_private(address: str) -> bool:
    """Whether an address is https, or plain http on this very machine."""
    parts = urlsplit(address)
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and on_this_machine(parts.hostname))
