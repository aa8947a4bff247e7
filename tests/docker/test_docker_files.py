"""The Dockerfile, the compose file and what they name agree with the project and hold what docker/README.md says."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from leerp.settings import Settings
from notifications.configuration import load_channels, load_sources
from notifications.sources.mailbox import MailboxSettings
from tests.docker.conftest import BIN, DOCKER, ROOT, resolve, run

REQUIRED = ("NAMESPACE_RETENTION", "MAIL_RELAY", "MAIL_SENDER_DOMAINS", "MAIL_HOSTNAME")
JOBS = {"temporal-schema", "temporal-namespace", "migrate"}
SCRIPTS = sorted(DOCKER.rglob("*.sh"))
DOCKERFILE = (DOCKER / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """What follows this instruction in the Dockerfile, line by line, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", DOCKERFILE)
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.startswith(f"{name} ")]


def packages() -> list[str]:
    """The packages of the wheel, as pyproject.toml names them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named: list[str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return named


def offered(title: str) -> str:
    """The file that docker/README.md offers under this title."""
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", (DOCKER / "README.md").read_text(), flags=re.DOTALL)
    return next(block for block in blocks if block.startswith(f"# {title}\n"))


def test_hadolint_finds_nothing() -> None:
    """The Dockerfile follows every rule of hadolint."""
    answer = run([BIN / "hadolint", DOCKER / "Dockerfile"])
    assert (answer.returncode, answer.stdout) == (0, "")


def test_the_image_holds_every_package_of_the_wheel_and_no_other() -> None:
    """A package that the wheel has and the image lacks would be missed at the first start only."""
    copied = [line.split() for line in instructions("COPY") if not line.startswith("--from")]
    assert copied == [["requirements.lock", "/tmp/requirements.lock"], *([name, f"/app/{name}"] for name in packages())]  # noqa: S108


def test_the_build_sees_the_packages_and_the_lock_alone() -> None:
    """Nothing reaches the build's context unless .dockerignore names it."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    assert sorted(line[1:] for line in lines if line.startswith("!")) == sorted(["requirements.lock", *packages()])


def test_the_image_installs_exactly_what_the_lock_names() -> None:
    """Hashes are required, nothing is resolved anew, no package's own build script runs."""
    install = next(line for line in instructions("RUN") if "pip install" in line)
    for option in ("--require-hashes", "--no-deps", "--only-binary=:all:", "-r /tmp/requirements.lock"):
        assert option in install


def test_the_image_has_what_opens_signed_mail() -> None:
    """GnuPG, which pip brings to nobody, and its agent; what is left of installing them is taken away."""
    install = next(line for line in instructions("RUN") if "apt-get" in line)
    assert re.search(r"install --yes --no-install-recommends gpg gpg-agent ", install)
    assert install.endswith("rm -rf /var/lib/apt/lists/*")


def test_the_image_runs_the_desk_as_nobody_special() -> None:
    """A numeric user that is not root, one command, a health check, the state in a volume."""
    assert instructions("USER") == ["10001:10001"]
    assert instructions("ENTRYPOINT") == ['["python3", "-m", "desk"]']
    assert instructions("CMD") == ['["serve"]']
    assert instructions("VOLUME") == ["/var/lib/leerp"]
    assert instructions("HEALTHCHECK")[0].endswith('CMD ["python3", "-m", "desk", "doctor", "--health"]')
    assert instructions("FROM") == ["python:3.11-slim-bookworm AS build", "python:3.11-slim-bookworm"]


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_value_stops_compose(name: str, tmp_path: Path) -> None:
    """Without a required value nothing starts, and the message names the value."""
    lines = (DOCKER / ".env.example").read_text().splitlines()
    variables = tmp_path / "env"
    variables.write_text("\n".join(line for line in lines if not line.startswith(f"{name}=")))
    answer = resolve(DOCKER / "compose.yaml", variables=variables)
    assert answer.returncode != 0
    assert f"required variable {name} is missing a value" in answer.stderr


def test_every_variable_is_explained() -> None:
    """What compose.yaml asks for stands in .env.example, and nothing else does."""
    asked = set(re.findall(r"\$\{(\w+)", (DOCKER / "compose.yaml").read_text()))
    explained = re.findall(r"^(\w+)=", (DOCKER / ".env.example").read_text(), flags=re.MULTILINE)
    assert sorted(explained) == sorted(asked)
    assert set(REQUIRED) == set(re.findall(r"\$\{(\w+):\?", (DOCKER / "compose.yaml").read_text()))


@pytest.mark.parametrize("titles", [["TLS"], ["Tokens"], ["TLS", "Tokens"]])
def test_the_overrides_of_the_readme_fit(titles: list[str], tmp_path: Path) -> None:
    """The switches for TLS and tokens can be pasted as they stand, alone and together."""
    files = [DOCKER / "compose.yaml"]
    for title in titles:
        files.append(tmp_path / f"{title}.yaml")
        files[-1].write_text(offered(title))
    variables = tmp_path / "env"
    variables.write_text((DOCKER / ".env.example").read_text() + "\nUI_CLIENT_SECRET=x\n")
    answer = resolve(*files, variables=variables)
    assert (answer.returncode, answer.stderr) == (0, "")
    resolved = json.loads(answer.stdout)["services"]
    # An override adds; what the file itself says stays.
    assert resolved["temporal"]["environment"]["NUM_HISTORY_SHARDS"] == "512"
    assert {"data", "engine"} <= set(resolved["temporal"]["networks"])
    assert "leerp_database_url" in {secret["source"] for secret in resolved["worker"]["secrets"]}


def test_the_mail_channel_of_the_readme_fits(compose: dict[str, Any], tmp_path: Path) -> None:
    """The channel that docker/README.md offers is one that leerp reads, and it leads to the relay."""
    file = tmp_path / "channels.yaml"
    file.write_text(offered("Mail"))
    assert list(load_channels(file).channels) == ["email"]
    relay = compose["services"]["smtp"]
    assert "host: smtp\n" in offered("Mail")
    assert re.search(relay["environment"]["ALLOWED_SENDER_DOMAINS"], offered("Mail"))


def test_the_mailbox_of_the_readme_fits(compose: dict[str, Any], tmp_path: Path) -> None:
    """The mailbox that docker/README.md offers is one that leerp reads, with a password that its collector is given."""
    file = tmp_path / "sources.yaml"
    file.write_text(offered("Sources"))
    (mailbox,) = load_sources(file).sources.values()
    assert isinstance(mailbox, MailboxSettings)
    secret = mailbox.password_file.relative_to("/run/secrets").as_posix()
    assert secret in {one["source"] for one in compose["services"]["collector"]["secrets"]}


def test_only_the_collector_holds_what_sources_ask_for(compose: dict[str, Any]) -> None:
    """Passwords and keys for what comes in are nobody else's, and it holds none that sends."""
    holders = {
        secret: {
            name
            for name, one in compose["services"].items()
            for held in one.get("secrets", [])
            if held["source"] == secret
        }
        for secret in ("imap_password", "centre_openpgp_key", "smtp_relay_password")
    }
    assert holders == {
        "imap_password": {"collector"},
        "centre_openpgp_key": {"collector"},
        "smtp_relay_password": {"smtp"},
    }


def test_whoever_runs_on_keeps_the_health_check(compose: dict[str, Any]) -> None:
    """Desk, worker and collector have the image's own; the migration ends by itself and has none."""
    ours = {name: one for name, one in compose["services"].items() if one["image"].startswith("leerp:")}
    assert set(ours) == {"desk", "worker", "collector", "migrate"}
    assert {name for name, one in ours.items() if "healthcheck" in one} == {"migrate"}
    assert {name: one["command"][0] for name, one in ours.items()} == {
        "desk": "serve",
        "worker": "worker",
        "collector": "collect",
        "migrate": "migrate",
    }


def test_every_image_names_its_exact_version(compose: dict[str, Any]) -> None:
    """No tag that moves: a start next year runs what was tried this year."""
    images = [service["image"] for service in compose["services"].values()]
    assert [image for image in images if not re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", image)] == []
    engine = {image for image in images if image.startswith("temporalio/")}
    assert engine == {"temporalio/server:1.32.0", "temporalio/admin-tools:1.32.0", "temporalio/ui:2.54.1"}


def test_nobody_runs_as_root_or_gains_privileges(compose: dict[str, Any]) -> None:
    """Every service is stripped; the two whose image chooses the user are named here."""
    services = compose["services"]
    assert {name for name in services if "user" not in services[name]} == {"smtp", "temporal-ui"}
    assert [service["user"] for service in services.values() if service.get("user", "1").startswith("0")] == []
    assert {name for name in services if not services[name].get("read_only")} == {"smtp"}
    assert {name for name in services if services[name].get("cap_add")} == {"smtp"}
    for service in services.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service


def test_every_service_has_limits_restarts_and_bounded_logs(compose: dict[str, Any]) -> None:
    """One service that runs away takes neither the host nor its disk with it."""
    for name, service in compose["services"].items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
        assert service["restart"] == ("on-failure:5" if name in JOBS else "unless-stopped")
        assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}


def test_only_the_desk_and_the_pages_are_published_and_on_loopback(compose: dict[str, Any]) -> None:
    """No port of this host is open to another one."""
    published = {
        name: [(port["host_ip"], port["target"]) for port in service["ports"]]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    desk = Settings.model_fields["desk_port"].default
    assert published == {"desk": [("127.0.0.1", desk)], "temporal-ui": [("127.0.0.1", 8080)]}


def test_the_networks_keep_apart_what_need_not_meet(compose: dict[str, Any]) -> None:
    """The pages cannot reach the database; relay and collector reach the world, apart; three networks lead nowhere."""
    internal = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert internal == {"engine", "data", "mail"}
    members = {name: set(service["networks"]) for name, service in compose["services"].items()}
    assert members["postgresql"] == {"data"}
    assert members["temporal-ui"] == {"front", "engine"}
    assert {name for name, networks in members.items() if "egress" in networks} == {"smtp"}
    assert {name for name, networks in members.items() if "mail" in networks} == {"smtp", "worker"}
    assert {name for name, networks in members.items() if "sources" in networks} == {"collector"}
    assert members["collector"] == {"sources", "data", "engine"}


def test_the_order_of_the_start(compose: dict[str, Any]) -> None:
    """Nothing that needs a database, a schema or a namespace starts before it is there."""
    waits = {
        name: {other: found["condition"] for other, found in service.get("depends_on", {}).items()}
        for name, service in compose["services"].items()
    }
    done = "service_completed_successfully"
    assert waits["temporal-schema"] == waits["migrate"] == {"postgresql": "service_healthy"}
    assert waits["temporal"] == {"temporal-schema": done}
    assert waits["temporal-namespace"] == {"temporal": "service_healthy"}
    assert waits["desk"] == waits["collector"] == {"migrate": done, "temporal-namespace": done}
    assert waits["worker"] == {"migrate": done, "temporal-namespace": done, "smtp": "service_started"}


def test_leerp_is_told_only_what_it_reads(compose: dict[str, Any]) -> None:
    """A LEERP_ name with a slip of the pen would be ignored in silence: every one is a setting."""
    settings = {f"LEERP_{name.upper()}" for name in Settings.model_fields}
    told = {name for service in compose["services"].values() for name in service.get("environment", {})}
    written = set(re.findall(r"LEERP_[A-Z_]+", DOCKERFILE + (DOCKER / "README.md").read_text()))
    assert {name for name in told | written if name.startswith("LEERP_")} - settings == set()
    assert compose["services"]["worker"]["environment"]["LEERP_TEMPORAL_ADDRESS"] == "temporal:7233"


def test_no_secret_is_a_variable(compose: dict[str, Any]) -> None:
    """Passwords come from files: whatever sounds like one in the environment is a path to one."""
    for service in compose["services"].values():
        environment = service.get("environment", {})
        loud = [name for name in environment if re.search("PASSWORD|PWD|SECRET|KEY|TOKEN|DATABASE_URL", name)]
        assert [name for name in loud if not environment[name].startswith("/run/secrets/")] == []


def test_every_mounted_file_is_there(compose: dict[str, Any]) -> None:
    """A bind mount of a missing file would make an empty folder of that name, and all mounts are read-only."""
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", [])]
    binds = [mount for mount in mounts if mount["type"] == "bind"]
    assert [mount["source"] for mount in binds if not Path(mount["source"]).is_file()] == []
    assert [mount["source"] for mount in binds if not mount.get("read_only")] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_are_sound_and_executable(script: Path) -> None:
    """Each script is executable and its own shell understands it."""
    shell = script.read_text().splitlines()[0].removeprefix("#!")
    assert shell in {"/bin/sh", "/bin/bash"}
    answer = run([shell, "-n", script])
    assert (answer.returncode, answer.stderr) == (0, "")
    assert script.stat().st_mode & 0o111 == 0o111


def test_the_engine_is_set_for_real_use(compose: dict[str, Any]) -> None:
    """Shards and limits are those that docker/README.md and the measurements name."""
    engine = compose["services"]["temporal"]["environment"]
    assert (engine["DB"], engine["NUM_HISTORY_SHARDS"]) == ("postgres12", "512")
    settings = YAML(typ="safe", pure=True).load(DOCKER / "temporal" / "dynamic-config.yaml")
    assert {name: entry[0]["value"] for name, entry in settings.items()} == {
        "history.maxInFlightUpdates": 100,
        "history.maximumBufferedEventsBatch": 1000,
        "history.transferProcessorMaxPollRPS": 200,
        "limit.maxIDLength": 255,
    }
    assert compose["services"]["temporal-ui"]["environment"]["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"
