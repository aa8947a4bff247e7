"""Settings, from the environment (`LEERP_…`) alone; secrets from the environment or from files."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from leerp.notices import Mode


class Settings(BaseSettings):
    """Every setting, with its default. `docs/settings.md` explains each one.

    `home`: the state folder. `temporal_address`: an engine of one's own instead of the embedded one.
    `database_url`: PostgreSQL (`postgresql+psycopg://…`) instead of SQLite in the state folder.
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
    log_level: str = "info"
    mode: Mode = Mode.ACTUAL

    @property
    def config(self) -> Path:
        """The folder with the directory, the channels and the policy."""
        return self.home / "config"

    @property
    def run(self) -> Path:
        """The folder with what is true only while leerp runs: addresses, process ids."""
        return self.home / "run"
