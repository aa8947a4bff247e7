"""Settings, from the environment (`LEERP_…`) alone; secrets from the environment or from files."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from leerp.loopback import on_this_machine
from leerp.marking import Level
from leerp.notices import Mode


class Settings(BaseSettings):
    """Every setting, with its default. `docs/settings.md` explains each one.

    `home`: the state folder. `temporal_address`: an engine of one's own instead of the embedded one.
    `database_url`: PostgreSQL (`postgresql+psycopg://…`) instead of SQLite in the state folder.
    `watch_seconds`: how often what is still to be sent is looked at; `stuck_after_minutes`: after how long without
    any movement a notice is called stuck.
    `signing_key_file`, `signing_password_file`: the key that packages are signed with; `signing_required`: always.
    `public_url`: where readers reach the desk from outside, without a slash at the end.
    `desk_maximum`: up to which level the desk may show anything; what is marked higher is shown to nobody there.
    `feed_maximum`: the same for what readers fetch by program (TAXII).
    `desk_key_file`: the key that seals what the desk must read again; one in the state folder is made when needed.
    """

    model_config = SettingsConfigDict(env_prefix="LEERP_", extra="ignore")

    home: Path = Path(".leerp")
    actor: str | None = None
    temporal_address: str | None = None
    temporal_namespace: str = "default"
    temporal_api_key: SecretStr | None = None
    temporal_api_key_file: Path | None = None
    temporal_tls: bool = False
    temporal_tls_ca_file: Path | None = None
    temporal_tls_certificate_file: Path | None = None
    temporal_tls_key_file: Path | None = None
    database_url: SecretStr | None = None
    database_url_file: Path | None = None
    desk_host: str = "127.0.0.1"
    desk_port: int = 8484
    public_url: str | None = None
    desk_maximum: Level = Level.SECRET
    feed_maximum: Level = Level.BPL
    desk_key_file: Path | None = None
    log_level: str = "info"
    watch_seconds: float = Field(default=30.0, gt=0, le=600)
    stuck_after_minutes: float = Field(default=10.0, gt=0, le=7 * 24 * 60)
    signing_key_file: Path | None = None
    signing_password_file: Path | None = None
    signing_required: bool = False
    mode: Mode = Mode.ACTUAL

    @field_validator("public_url", mode="after")
    @classmethod
    def _in_private(cls, value: str | None) -> str | None:
        """A link confirms in a reader's name, so it never travels in the clear but on this very machine."""
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment or "@" in value:
            raise ValueError("LEERP_PUBLIC_URL is an https address such as https://leerp.centre.example")
        if parts.scheme == "http" and not on_this_machine(parts.hostname):
            raise ValueError("LEERP_PUBLIC_URL begins with https://; plain http is for this machine alone")
        return value.rstrip("/")

    @property
    def config(self) -> Path:
        """The folder with the directory, the channels and the policy."""
        return self.home / "config"

    @property
    def run(self) -> Path:
        """The folder with what is true only while leerp runs: addresses, process ids."""
        return self.home / "run"
