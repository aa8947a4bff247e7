"""Rooms of the virtual command post in Slack: private, marked, opened once, closed for good."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from leerp.command_posts import Place
from leerp.errors import BadInputError, DeliveryError
from leerp.formats.strict import yaml_model
from leerp.marking import Level
from leerp.notices import Mode
from notifications.channels import ChannelsFile
from notifications.channels.slack.settings import SlackSettings
from notifications.command_posts.services import build_room_services
from notifications.command_posts.slack import SlackService
from tests.slack_server import TOKEN, SlackServer, slack_server

KEY = "leerp-0123456789abcdef0123"
TOPIC = "LEERP-2026-0001 | Europol RESTREINT"


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A Slack that knows what leerp uses."""
    async with slack_server() as server:
        server.users |= {"U0MAX": "D0MAX"}
        yield server


@pytest.fixture
def service(slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> SlackService:
    """Rooms in it."""
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    settings = SlackSettings(
        type="slack",
        maximum=Level.BPL,
        token_env="SLACK_TOKEN",  # noqa: S106 - the name of a variable
        base_url=slack.base_url,
        patience_seconds=2,
        seconds_between=0,
    )
    return SlackService("desk", settings)


async def opened(service: SlackService) -> str:
    """A room, opened."""
    return await service.open(KEY, topic=TOPIC, greeting="Pinned in the journal.")


async def test_a_room_is_private_and_marked_and_opened_once(service: SlackService, slack: SlackServer) -> None:
    """The same key again gives the same room; the topic begins with the marking."""
    address = await opened(service)
    assert await opened(service) == address
    [room] = slack.rooms.values()
    assert (room["id"], room["name"], room["is_private"]) == (address, KEY, True)
    assert room["topic"].startswith(TOPIC)


async def test_a_lost_answer_opens_no_second_room(service: SlackService, slack: SlackServer) -> None:
    """Slack has made it, the answer is lost; the next attempt finds it, also beyond the first page of rooms."""
    slack.faults["conversations.create"] = ["lost"]
    slack.page = 1
    with pytest.raises(DeliveryError):
        await opened(service)
    slack.rooms |= {"C0OLD": {"id": "C0OLD", "name": "old", "is_private": True, "topic": "", "members": []}}
    slack.rooms = dict(sorted(slack.rooms.items()))
    address = await opened(service)
    assert [one["id"] for one in slack.rooms.values() if one["name"] == KEY] == [address]


async def test_everybody_is_invited_though_one_is_there_already(service: SlackService, slack: SlackServer) -> None:
    """Each is asked alone, so that one who is in the room keeps nobody out."""
    address = await opened(service)
    await service.invite(address, ["U0EVE"])
    await service.invite(address, ["U0EVE", "U0MAX"])
    assert slack.rooms[address]["members"][1:] == ["U0EVE", "U0MAX"]


async def test_a_room_is_archived_once(service: SlackService, slack: SlackServer) -> None:
    """Again is no fault; nobody comes in any more."""
    address = await opened(service)
    await service.archive(address)
    await service.archive(address)
    assert slack.archived == {address}
    with pytest.raises(DeliveryError):
        await service.invite(address, ["U0MAX"])


async def test_a_slack_that_wants_to_be_left_alone_is_waited_for(service: SlackService, slack: SlackServer) -> None:
    """A 429 with a short Retry-After is waited out; a name that is somebody else's public channel is said."""
    slack.faults["conversations.create"] = [1]
    address = await opened(service)
    slack.rooms[address]["is_private"] = False
    with pytest.raises(DeliveryError) as caught:
        await opened(service)
    assert "name_taken" in caught.value.sentence


def test_rooms_name_a_slack_channel_and_an_exercise_has_them_on_paper(tmp_path: Path) -> None:
    """A misnamed channel is refused with its line; an exercise builds no service that could reach anybody."""
    text = """
channels:
  desk: {type: slack, maximum: BPL, token_env: SLACK_TOKEN}
  box: {type: outbox, maximum: BPL}
rooms:
  post: {type: slack, channel: NAME}
"""
    with pytest.raises(BadInputError) as caught:
        yaml_model(ChannelsFile, text.replace("NAME", "box").encode(), name="channels.yaml")
    assert "no Slack channel 'box'" in caught.value.sentence
    file = yaml_model(ChannelsFile, text.replace("NAME", "desk").encode(), name="channels.yaml")
    services = build_room_services(file, mode=Mode.EXERCISE, state=tmp_path)
    assert [one.place for one in services.values()] == [Place.PAPER]
    services = build_room_services(file, mode=Mode.ACTUAL, state=tmp_path)
    assert [one.place for one in services.values()] == [Place.SLACK]
