"""Rooms of the virtual command post on a real Matrix server: encrypted, opened once, closed for good."""

from collections.abc import Iterator
from pathlib import Path

import nio
import pytest

from leerp.errors import BadInputError, DeliveryError
from leerp.formats.strict import yaml_model
from leerp.marking import Level
from notifications.channels import ChannelsFile
from notifications.command_posts.matrix import ENCRYPTION, MatrixService
from notifications.command_posts.settings import MatrixRooms
from tests.matrix_server import SERVER, MatrixServer, joined, matrix_server

KEY = "leerp-0123456789abcdef0123"
TOPIC = "LEERP-2026-0001 | Europol RESTREINT"
GREETING = "What is decided here is pinned."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MatrixServer]:
    """One server for all tests; each takes users of its own."""
    with matrix_server(tmp_path_factory.mktemp("synapse")) as running:
        for name in ("desk", "max", "eve"):
            running.add_user(name, f"password of {name}")
        yield running


@pytest.fixture
def settings(server: MatrixServer, monkeypatch: pytest.MonkeyPatch) -> MatrixRooms:
    """The account of leerp on it."""
    monkeypatch.setenv("MATRIX_PASSWORD", "password of desk")
    return MatrixRooms(
        type="matrix",
        maximum=Level.RESTREINT,
        homeserver=server.homeserver,
        user=f"@desk:{SERVER}",
        password_env="MATRIX_PASSWORD",  # noqa: S106 - the name of a variable
    )


@pytest.fixture
def service(settings: MatrixRooms, tmp_path: Path) -> MatrixService:
    """Rooms there; the device's keys are new for each test."""
    return MatrixService("post", settings, folder=tmp_path / "matrix")


async def room(service: MatrixService, key: str) -> str:
    """A room, opened."""
    return await service.open(key, topic=TOPIC, greeting=GREETING)


async def test_a_room_is_encrypted_and_the_server_cannot_read_it(server: MatrixServer, service: MatrixService) -> None:
    """Who was invited reads what is said after; the words stand nowhere in what the server has stored."""
    address = await room(service, KEY)
    await service.invite(address, [f"@max:{SERVER}"])
    async with server.reader(f"@max:{SERVER}", "password of max") as reader:
        await joined(reader, address)
        assert reader.rooms[address].encrypted
        assert reader.rooms[address].topic == TOPIC
        state = await reader.room_get_state_event(address, "m.room.encryption")
        assert state.content["algorithm"] == ENCRYPTION
        said = await reader.room_send(
            address, "m.room.message", {"msgtype": "m.text", "body": "Seize it at noon"}, ignore_unverified_devices=True
        )
        assert isinstance(said, nio.RoomSendResponse)
        history = await reader.room_messages(address, limit=20, direction=nio.MessageDirection.back)
        assert "Seize it at noon" in [getattr(event, "body", None) for event in history.chunk]
    assert TOPIC.encode() in server.database
    assert b"Seize it at noon" not in server.database
    assert GREETING.encode() not in server.database


async def test_a_room_is_opened_once_and_nobody_is_invited_twice(server: MatrixServer, service: MatrixService) -> None:
    """Done again after a crash: the same room, one greeting, one invitation."""
    key = f"{KEY}-once"
    address = await room(service, key)
    await service.invite(address, [f"@eve:{SERVER}"])
    assert await room(service, key) == address
    await service.invite(address, [f"@eve:{SERVER}"])
    async with server.reader(f"@eve:{SERVER}", "password of eve") as reader:
        await joined(reader, address)
        history = await reader.room_messages(address, limit=50, direction=nio.MessageDirection.back)
    greetings = [event for event in history.chunk if event.source["type"] == "m.room.encrypted"]
    assert len(greetings) == 1


async def test_the_device_is_remembered(service: MatrixService, settings: MatrixRooms, tmp_path: Path) -> None:
    """A restart takes the same device with its keys, and a token that is gone is asked for anew for that device."""
    await room(service, f"{KEY}-a")
    file = tmp_path / "matrix" / "device.json"
    first = file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    again = MatrixService("post", settings, folder=tmp_path / "matrix")
    await room(again, f"{KEY}-b")
    assert file.read_text() == first
    file.write_text(first.replace('"access_token": "', '"access_token": "x'))
    await room(again, f"{KEY}-c")
    assert first.split(",")[0] == file.read_text().split(",")[0]


async def test_nobody_says_anything_in_an_archived_room(server: MatrixServer, service: MatrixService) -> None:
    """It can be read, and to archive it again is no fault."""
    address = await room(service, f"{KEY}-old")
    await service.invite(address, [f"@max:{SERVER}"])
    async with server.reader(f"@max:{SERVER}", "password of max") as reader:
        await joined(reader, address)
        await service.archive(address)
        await service.archive(address)
        await reader.sync(timeout=100)
        said = await reader.room_send(
            address, "m.room.message", {"msgtype": "m.text", "body": "too late"}, ignore_unverified_devices=True
        )
        assert isinstance(said, nio.RoomSendError)
        assert said.status_code == "M_FORBIDDEN"


@pytest.mark.parametrize("change", [{"homeserver": "http://127.0.0.1:1"}, {"user": f"@nobody:{SERVER}"}])
async def test_a_server_that_is_away_or_refuses_is_said(
    settings: MatrixRooms, tmp_path: Path, change: dict[str, str]
) -> None:
    """One sentence, and never the password."""
    service = MatrixService("post", settings.model_copy(update=change), folder=tmp_path)
    with pytest.raises(DeliveryError) as caught:
        await room(service, KEY)
    assert caught.value.sentence.startswith("rooms post (Matrix): ")
    assert "password of desk" not in caught.value.sentence


@pytest.mark.parametrize(
    "line",
    [
        "homeserver: http://matrix.centre.example",
        "homeserver: https://user@matrix.centre.example",
        "user: desk",
        "password_file: p",
        "surprise: 1",
    ],
)
def test_bad_settings_are_refused_with_their_line(line: str) -> None:
    """Clear text, a name in the address, a user that is none, two passwords, an unknown key."""
    good = {"homeserver": "https://matrix.centre.example", "user": f"'@desk:{SERVER}'", "password_env": "P"}
    said = {**good, **dict([line.split(": ", 1)])}
    text = "channels:\n  box: {type: outbox, maximum: BPL}\nrooms:\n  post:\n    type: matrix\n    maximum: BPL\n"
    text += "".join(f"    {key}: {value}\n" for key, value in said.items())
    with pytest.raises(BadInputError) as caught:
        yaml_model(ChannelsFile, text.encode(), name="channels.yaml")
    assert caught.value.sentence.startswith("channels.yaml, line ")
