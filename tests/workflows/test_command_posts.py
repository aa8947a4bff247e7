"""The virtual command post: a room for a circle, who is let in, what is decided there, and its end."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from activities.acts import actor_of, new_act_id
from activities.command_posts import Pinning
from desk.assembly import wall_clock
from leerp.command_posts import ArchiveRoomAct, InviteAct, OpenRoomAct, Pinned, PostRoom
from leerp.errors import BadInputError, RefusedError
from leerp.marking import Level, Marking
from leerp.notices import NoticeKind
from leerp.protocol import Act, ActName, Receipt
from records import command_posts, documents, journal
from tests.conftest import OpenDrill
from tests.drill import OFFICER, Drill
from tests.slack_server import TOKEN, slack_server

CHANNELS = """
channels:
  email: {type: outbox, maximum: BPL}
  desk-inbox: {type: outbox, maximum: RESTREINT}
  slack: {type: slack, maximum: BPL, token_env: SLACK_TOKEN, base_url: "URL", patience_seconds: 0.1}
rooms:
  post: {type: slack, channel: slack}
"""


def lay_out(home: Path, url: str) -> None:
    """A configuration with a room service; Norway and Luxembourg are of the circle, and Norway is known to Slack."""
    config = home / "config"
    config.mkdir(parents=True)
    (config / "channels.yaml").write_text(CHANNELS.replace("URL", url))
    text = (resources.files("notifications") / "example" / "directory.yaml").read_text()
    for name, rooms in (("poc-no", "{post: U0EVE}"), ("csirt-lu", "{}")):
        line = f"  - id: {name}\n"
        assert line in text
        text = text.replace(line, f"{line}    need_to_know: [hospital-case]\n    rooms: {rooms}\n")
    (config / "directory.yaml").write_text(text)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret of the Slack app."""
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)


async def launched(drill: Drill) -> None:
    """Launched, with those inside told."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)


async def opened(drill: Drill, **more: Any) -> Receipt:
    """A room of the circle, with four stakeholders to be invited."""
    fields: dict[str, Any] = {"service": "post", "circle": "hospital-case", "level": Level.BPL, **more}
    fields.setdefault("invite", ("poc-no", "csirt-lu", "liaison-fr", "nobody"))
    return await drill.act(ActName.ROOM_OPEN, OpenRoomAct, **fields)


async def rooms(drill: Drill) -> list[PostRoom]:
    """The rooms as they are stored."""
    async with drill.house.store.reading() as connection:
        return await command_posts.of_incident(connection, drill.reference)


async def refused(drill: Drill, name: ActName, act_type: type[Act], **fields: Any) -> str:
    """An act that is refused; the reason."""
    with pytest.raises(RefusedError) as caught:
        await drill.act(name, act_type, **fields)
    return caught.value.reason


@pytest.mark.usefixtures("token")
async def test_a_room_lets_in_who_needs_to_know_and_closes_with_the_protocol(
    open_drill: OpenDrill, tmp_path: Path
) -> None:
    """Not of the circle, not known to the service, not in the directory: not invited, and the officer hears why."""
    async with slack_server() as slack:
        lay_out(tmp_path / "home", slack.base_url)
        async with open_drill() as drill:
            await launched(drill)
            receipt = await opened(drill)
            assert "liaison-fr: not_releasable" in receipt.sentence
            assert "csirt-lu: the directory does not say who it is at post" in receipt.sentence
            assert "nobody: not in the directory" in receipt.sentence
            [stored] = await rooms(drill)
            [room] = slack.rooms.values()
            assert stored.members == ("poc-no",)
            assert room["members"][1:] == ["U0EVE"]
            assert room["topic"].startswith(f"{drill.reference} | {stored.marking.banner}")
            assert "hospital" not in room["name"]
            await drill.closed()
            assert slack.archived == {stored.address}
            [stored] = await rooms(drill)
            assert stored.archived_at is not None
            kinds = await drill.kinds()
            assert kinds["coordination.room.opened"] == kinds["coordination.room.archived"] == 1


@pytest.mark.usefixtures("token")
async def test_what_no_room_may_be_is_refused(open_drill: OpenDrill, tmp_path: Path) -> None:
    """Before the launch, above the service's accreditation, of an unknown service, both or neither, an unknown room."""
    async with slack_server() as slack:
        lay_out(tmp_path / "home", slack.base_url)
        async with open_drill() as drill:
            await drill.classified()
            reasons = [await refused(drill, ActName.ROOM_OPEN, OpenRoomAct, service="post", level=Level.BPL)]
            await drill.launched()
            await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
            for fields in (
                {"service": "post", "level": Level.RESTREINT},
                {"service": "other", "level": Level.BPL},
                {"service": "post", "link": "https://rooms.example/1", "level": Level.BPL},
                {"level": Level.BPL},
            ):
                reasons += [await refused(drill, ActName.ROOM_OPEN, OpenRoomAct, **fields)]
            reasons.append(await refused(drill, ActName.ROOM_INVITE, InviteAct, room="R", invite=("poc-no",)))
            assert reasons == [
                "wrong_phase",
                "not_authorised",
                "unknown_subject",
                "unknown_subject",
                "unknown_subject",
                "unknown_subject",
            ]
            assert slack.rooms == {}
            assert await rooms(drill) == []


@pytest.mark.usefixtures("token")
async def test_a_service_that_is_away_is_said_and_a_link_does(open_drill: OpenDrill, tmp_path: Path) -> None:
    """The officer is not kept waiting for ever; the room elsewhere has its place in the record like any other."""
    lay_out(tmp_path / "home", "http://127.0.0.1:1/api/")
    async with open_drill() as drill:
        await launched(drill)
        assert await refused(drill, ActName.ROOM_OPEN, OpenRoomAct, service="post", level=Level.BPL) == "service_away"
        link = "https://rooms.example/1"
        await opened(drill, service=None, link=link, circle=None, invite=("poc-no",))
        [stored] = await rooms(drill)
        assert (stored.address, stored.place.value, stored.members) == (link, "link", ("poc-no",))
        await drill.act(ActName.ROOM_INVITE, InviteAct, room=stored.id, invite=("csirt-lu", "poc-no"))
        [stored] = await rooms(drill)
        assert stored.members == ("poc-no", "csirt-lu")
        await drill.act(ActName.ROOM_ARCHIVE, ArchiveRoomAct, room=stored.id)
        again = await refused(drill, ActName.ROOM_INVITE, InviteAct, room=stored.id, invite=("liaison-fr",))
        assert again == "unknown_subject"


@pytest.mark.usefixtures("token")
async def test_a_lost_answer_of_slack_opens_one_room(open_drill: OpenDrill, tmp_path: Path) -> None:
    """The channel is made, its answer is lost, the invitation is answered late: one room, one line in the record."""
    async with slack_server() as slack:
        lay_out(tmp_path / "home", slack.base_url)
        slack.faults["conversations.create"] = ["lost"]
        slack.faults["conversations.invite"] = ["lost"]
        async with open_drill() as drill:
            await launched(drill)
            await opened(drill)
            assert len(slack.rooms) == len(await rooms(drill)) == 1
            assert (await drill.kinds())["coordination.room.opened"] == 1


async def test_what_is_decided_in_a_room_is_pinned(open_drill: OpenDrill) -> None:
    """The words are a document under the room's marking; the journal names it and does not repeat it."""
    async with open_drill() as drill:
        await launched(drill)
        await opened(drill, service=None, link="https://rooms.example/1", level=Level.RESTREINT)
        [room] = await rooms(drill)
        words = Pinned(text="Seize at noon", decided_by="NL and FR", decided_at=wall_clock(), marking=Marking())
        actor, act = actor_of(drill.house.rooms.directory(), OFFICER), new_act_id()
        pinning = Pinning(drill.house.rooms)
        entry = await pinning.pin(drill.reference, room.id, words, actor=actor, act=act)
        assert await pinning.pin(drill.reference, room.id, words, actor=actor, act=act) == entry
        assert "RESTREINT" in str(entry.data["marking"])
        async with drill.house.store.reading() as connection:
            kept = await documents.get(connection, str(entry.data["document"]))
            lines = await journal.lines(connection, drill.reference)
        assert Pinned.model_validate(json.loads(kept)) == words
        assert not [line for line in lines if "noon" in line]
        with pytest.raises(BadInputError):
            await pinning.pin(drill.reference, "R-unknown", words, actor=actor, act=new_act_id())
