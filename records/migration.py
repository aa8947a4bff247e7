"""Bringing a database to the schema of this version, with the migrations that are packaged beside this file."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from leerp.errors import BadInputError
from records.schema import HEAD

FOLDER = Path(__file__).parent / "migrations"


def is_current(connection: Connection) -> bool:
    """Whether the schema is the one this version reads and writes."""
    return _revision(connection) == HEAD


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, inside the caller's transaction.

    Raises BadInputError when a newer leerp has migrated these records already.
    """
    # Alembic costs a fifth of a second to import, and only a database that is behind needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = _revision(connection)
    if revision is not None and revision not in known:
        raise BadInputError(f"the records are of a newer version of leerp (schema {revision}); install that version")
    command.upgrade(config, HEAD)
