"""The Slack channel against a small Slack that follows Slack's description, and fails as it is told to."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from leerp.errors import DeliveryError
from leerp.marking import Level, Marking
from leerp.notices import DeliveryReason, Form, Mode, NoticeKind, Portion, Section, Variant
from notifications.channels import Envelope
from notifications.channels.slack.faults import IN_DOUBT, MEANINGS
from notifications.channels.slack.pace import Pace
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.slack.transport import SlackChannel, token_of
from notifications.identity import message_id
from notifications.rendering import render
from tests.notifications import cast
from tests.secret_files import secret_file
from tests.slack_server import SIGNING_SECRET, TOKEN, SlackServer, contract, slack_server

URL = "https://desk.example/acknowledge/signed.token-of_eve"


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    """A Slack; the test fails if it was called in a way that Slack does not know."""
    async with slack_server() as running:
        yield running


def settings(server: SlackServer, folder: Path, **changes: object) -> SlackSettings:
    """Settings that fit the server, and need no waiting."""
    secret_file(folder / "token", TOKEN + "\n")
    secret_file(folder / "secret", SIGNING_SECRET)
    values = {
        "type": "slack",
        "maximum": "BPL",
        "token_file": folder / "token",
        "signing_secret_file": folder / "secret",
        "base_url": server.base_url,
        "timeout_seconds": 5,
        "per_minute": 6_000,
        "seconds_between": 0,
    }
    return SlackSettings.model_validate(values | changes)


@pytest.fixture
def channel(server: SlackServer, tmp_path: Path) -> SlackChannel:
    """A channel to the server, as a process has it that has just started."""
    return SlackChannel("slack", settings(server, tmp_path))


def variant(notice: str = "n-1", *texts: str, **changes: object) -> Variant:
    """What a CSIRT gets over Slack."""
    facts = [Portion(section=Section.FACT, text=text, marking=Marking()) for text in texts or ("It spreads.",)]
    of = cast.notice(NoticeKind.UPDATE, (cast.FRAME, *facts), id=notice, **changes)
    made = render(of, cast.CSIRT, channel="slack", maximum=Level.BPL, at=cast.AT, forms=(Form.SLACK,))
    assert isinstance(made, Variant)
    return made


def envelope(notice: str = "n-1", *texts: str, **changes: object) -> Envelope:
    """A first attempt at a first notice."""
    usual = {"address": "C0DESK", "attempt": 1, "acknowledge_url": URL}
    return cast.envelope(variant(notice, *texts), **(usual | changes))


def later(notice: str, *texts: str, **changes: object) -> Envelope:
    """A first attempt at a notice after another one."""
    return envelope(notice, *texts, references=(message_id("n-1", "csirt-fr", "slack"),), **changes)


async def send(channel: SlackChannel, *envelopes: Envelope) -> None:
    """Send them over one session."""
    async with channel.session() as session:
        for one in envelopes:
            assert await session.send(one)


async def refused(channel: SlackChannel, one: Envelope) -> DeliveryError:
    """The error with which the channel refuses."""
    with pytest.raises(DeliveryError) as caught:
        await send(channel, one)
    return caught.value


def buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The buttons of a message."""
    return [element for block in message["blocks"] if block["type"] == "actions" for element in block["elements"]]


async def test_a_notice_arrives_with_its_blocks(server: SlackServer, channel: SlackChannel) -> None:
    """Once, after one call, with nothing that Slack would look up, and with the button's token."""
    await send(channel, envelope())
    (message,) = server.messages
    assert server.calls == ["chat.postMessage"]
    assert message["channel"] == "C0DESK"
    assert message["text"] == envelope().subject
    assert "It spreads." in str(message["blocks"])
    switches = ("unfurl_links", "unfurl_media", "mrkdwn", "link_names")
    assert [message["sent"][name] for name in switches] == [False] * 4
    assert message["sent"]["parse"] == "none"
    assert [one["value"] for one in buttons(message)] == ["signed.token-of_eve"]
    assert (channel.name, channel.maximum, channel.connections) == ("slack", Level.BPL, 4)
    assert (channel.forms, channel.needs_key, channel.can_tell_a_repeat) == ((Form.SLACK,), False, True)


async def test_a_user_is_written_to_in_the_conversation_with_them(server: SlackServer, channel: SlackChannel) -> None:
    """Which is opened once."""
    await send(channel, envelope(address="U0EVE"), later("n-2", address="U0EVE"))
    assert [one["channel"] for one in server.messages] == ["D0EVE", "D0EVE"]
    assert server.calls.count("conversations.open") == 1


async def test_one_thread_per_incident_and_conversation(
    server: SlackServer, channel: SlackChannel, tmp_path: Path
) -> None:
    """A later notice goes into the first one's thread and shows outside too, even from a process just begun."""
    await send(channel, envelope(), envelope("n-9", address="C0OTHER"), envelope("n-3", incident="LEERP-2017-0002"))
    await send(channel, later("n-2"))
    await send(SlackChannel("slack", settings(server, tmp_path)), later("n-4"))
    first, elsewhere, another, second, third = server.messages
    assert "thread_ts" not in first
    assert "thread_ts" not in elsewhere
    assert "thread_ts" not in another
    assert [second["thread_ts"], third["thread_ts"]] == [first["ts"]] * 2
    assert [second["sent"]["reply_broadcast"], third["sent"]["reply_broadcast"]] == [True, True]
    assert server.calls.count("conversations.history") == 1


@pytest.mark.parametrize("pages", [1, 2, 1_000])
async def test_a_thread_is_found_however_many_pages_lie_above_it(
    server: SlackServer, channel: SlackChannel, tmp_path: Path, pages: int
) -> None:
    """Slack gives a conversation in pages of its own choice."""
    server.page = pages
    await send(channel, envelope(), *(envelope(f"m-{at}", incident=f"LEERP-2017-01{at:02}") for at in range(5)))
    await send(SlackChannel("slack", settings(server, tmp_path)), later("n-2"))
    assert server.messages[-1]["thread_ts"] == server.messages[0]["ts"]


async def test_no_button_where_none_is_asked_for_or_heard(
    server: SlackServer, channel: SlackChannel, tmp_path: Path
) -> None:
    """None without a deadline, without an address to acknowledge at, and without a secret to check a click with."""
    deaf = SlackChannel("slack", settings(server, tmp_path, signing_secret_file=None))
    unasked = cast.envelope(variant("n-2", acknowledge_within_minutes=None), address="C0DESK", acknowledge_url=URL)
    await send(channel, envelope(acknowledge_url=None), unasked)
    await send(deaf, envelope("n-3"))
    assert [buttons(one) for one in server.messages] == [[], [], []]


async def test_a_lost_reply_is_looked_for(server: SlackServer, channel: SlackChannel) -> None:
    """What was posted although its answer was lost counts as sent, and begins the thread."""
    server.faults["chat.postMessage"] = ["lost"]
    await send(channel, envelope(), later("n-2"))
    assert len(server.messages) == 2
    assert server.messages[1]["thread_ts"] == server.messages[0]["ts"]


@pytest.mark.parametrize("fault", ["lost", "internal_error", "html", "text", "cut"])
async def test_a_retry_never_posts_twice(
    server: SlackServer, channel: SlackChannel, tmp_path: Path, fault: str
) -> None:
    """Whatever went wrong with the answer, and with looking for it: the next attempt finds what is there."""
    server.faults = {"chat.postMessage": [fault], "conversations.history": ["cut", "cut"]}
    error = await refused(channel, envelope())
    assert (error.permanent, error.reason) == (False, DeliveryReason.UNREACHABLE)
    server.faults.clear()
    for _ in range(2):
        await send(SlackChannel("slack", settings(server, tmp_path)), envelope(attempt=2))
    assert len(server.messages) == 1


async def test_an_attempt_of_unknown_number_looks_first(server: SlackServer, channel: SlackChannel) -> None:
    """Only an attempt that is known to be the first may post without looking."""
    await send(channel, envelope(attempt=None), envelope(attempt=None))
    assert len(server.messages) == 1
    assert server.calls.index("conversations.history") < server.calls.index("chat.postMessage")


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("broken", [0, 1, 2])
@pytest.mark.parametrize("fault", ["lost", "cut"])
async def test_a_retry_goes_on_where_a_long_notice_broke_off(
    server: SlackServer, channel: SlackChannel, tmp_path: Path, first: bool, broken: int, fault: str
) -> None:
    """Each message of it is there once and in order, in one thread, and the last alone has the button."""
    if not first:
        await send(channel, envelope())
    before = len(server.messages)
    long = (envelope if first else later)("n-2", "y" * 25_000)
    server.faults = {"chat.postMessage": [*[None] * broken, fault], "conversations.history": ["cut", "cut"]}
    await refused(channel, long)
    server.faults.clear()
    await send(SlackChannel("slack", settings(server, tmp_path)), long.model_copy(update={"attempt": 2}))
    posted = server.messages[before:]
    total = len(posted)
    assert total > 3
    assert [one["text"].rpartition("Part ")[2] for one in posted] == [f"{at + 1} of {total}" for at in range(total)]
    assert sum(str(one["blocks"]).count("y" * 1_000) > 0 for one in posted) == total
    assert [len(buttons(one)) for one in posted] == [*[0] * (total - 1), 1]
    assert {one.get("thread_ts", one["ts"]) for one in posted} == {server.messages[0]["ts"]}
    assert [bool(one["sent"].get("reply_broadcast")) for one in posted] == [not first, *[False] * (total - 1)]


async def test_another_apps_message_counts_for_nothing(
    server: SlackServer, channel: SlackChannel, tmp_path: Path
) -> None:
    """Anybody can write the same metadata; only what the app itself has posted keeps a message from being posted."""
    await send(channel, envelope())
    server.messages[0]["bot_id"] = "B0SOMEBODY"
    await send(SlackChannel("slack", settings(server, tmp_path)), envelope(attempt=2))
    assert len(server.messages) == 2


async def test_two_sessions_begin_one_thread(server: SlackServer, channel: SlackChannel) -> None:
    """Two notices of one incident that leave at once do not both begin it."""
    await asyncio.gather(send(channel, envelope()), send(channel, envelope("n-2")))
    assert [one.get("thread_ts") for one in server.messages] == [None, server.messages[0]["ts"]]


async def test_nothing_leaves_without_the_permit(server: SlackServer, channel: SlackChannel) -> None:
    """It is asked for last; without it nothing is posted, and the answer is no."""

    async def permit(given: bool) -> bool:
        assert server.messages == []
        return given

    async with channel.session() as session:
        assert await session.send(envelope(), permit=permit(False)) is False
        assert server.messages == []
        assert await session.send(envelope(), permit=permit(True)) is True
    assert len(server.messages) == 1


async def test_a_short_wait_is_waited_for(server: SlackServer, channel: SlackChannel) -> None:
    """Slack is left alone for as long as it says, then the message goes, once; looking and opening wait alike."""
    server.faults = {name: [1] for name in ("chat.postMessage", "conversations.history", "conversations.open")}
    begun = time.monotonic()
    await send(channel, envelope(address="U0EVE", attempt=2))
    assert time.monotonic() - begun >= 3
    assert len(server.messages) == 1


async def test_a_long_wait_is_said_and_kept(server: SlackServer, channel: SlackChannel) -> None:
    """The error says for how long; until then the channel does not call Slack again, whatever it is asked to send."""
    server.faults["chat.postMessage"] = [120]
    error = await refused(channel, envelope())
    assert (error.permanent, error.reason) == (False, DeliveryReason.RATE_LIMITED)
    assert error.retry_after_seconds is not None
    assert 115 < error.retry_after_seconds <= 120
    again = await refused(channel, envelope("n-2", address="C0OTHER"))
    assert again.retry_after_seconds is not None
    assert again.retry_after_seconds < error.retry_after_seconds
    assert server.calls == ["chat.postMessage"]


async def test_waits_do_not_add_up_without_end(server: SlackServer, tmp_path: Path) -> None:
    """A message waits no longer than the channel's patience in all."""
    server.faults["chat.postMessage"] = [1, 1, 1]
    impatient = SlackChannel("slack", settings(server, tmp_path, patience_seconds=2.5))
    assert (await refused(impatient, envelope())).reason == DeliveryReason.RATE_LIMITED
    assert server.calls == ["chat.postMessage"] * 3


async def test_the_pace_is_kept_across_sessions(server: SlackServer, tmp_path: Path) -> None:
    """Messages in one conversation keep their distance, and one conversation does not hold up another."""
    slow = SlackChannel("slack", settings(server, tmp_path, seconds_between=0.4))
    begun = time.monotonic()
    await asyncio.gather(*(send(slow, envelope(f"n-{at}")) for at in range(3)), send(slow, envelope(address="C0OTHER")))
    assert time.monotonic() - begun >= 0.8
    assert server.messages.index(next(one for one in server.messages if one["channel"] == "C0OTHER")) <= 1


def test_the_pace_counts_the_workspace_and_each_conversation() -> None:
    """Sixty a minute is one a second in all; in one conversation only every third second here."""
    pace = Pace(per_minute=60, seconds_between=3)
    assert [pace.reserve(one, now=100.0) for one in "aabca"] == [0.0, 3.0, 2.0, 3.0, 6.0]
    assert pace.reserve("b", now=200.0) == 0.0


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("channel_not_found", (True, DeliveryReason.ADDRESS_UNKNOWN)),
        ("is_archived", (True, DeliveryReason.REFUSED_BY_SERVER)),
        ("not_in_channel", (True, DeliveryReason.REFUSED_BY_SERVER)),
        ("msg_blocks_too_long", (True, DeliveryReason.REFUSED_BY_SERVER)),
        ("invalid_auth", (False, DeliveryReason.NOT_CONFIGURED)),
        ("account_inactive", (False, DeliveryReason.NOT_CONFIGURED)),
        ("rate_limited", (False, DeliveryReason.RATE_LIMITED)),
        ("service_unavailable", (False, DeliveryReason.UNREACHABLE)),
        ("made_up", (False, DeliveryReason.REFUSED_BY_SERVER)),
    ],
)
async def test_slacks_word_decides(
    server: SlackServer, channel: SlackChannel, word: str, expected: tuple[bool, str]
) -> None:
    """A refusal concerns one message; the session sends the next one. A word that nobody knows is tried again."""
    server.faults["chat.postMessage"] = [word]
    async with channel.session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope())
        assert (caught.value.permanent, caught.value.reason) == expected
        await session.send(envelope("n-2"))
    assert len(server.messages) == 1


def test_every_word_of_the_methods_used_has_a_meaning() -> None:
    """Of those that the description lists for posting and opening, all but the ones about how a call was written."""
    ours = {"invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_post_type", "missing_post_type"}
    ours |= {"upgrade_required", "users_list_not_supplied", "too_many_users", "invalid_user_combination"}
    said = contract()["chat.postMessage"].errors | contract()["conversations.open"].errors
    assert said - MEANINGS.keys() - IN_DOUBT - ours == set()


async def test_an_archived_conversation_is_given_up(server: SlackServer, channel: SlackChannel) -> None:
    """As one that is not there, and a user who is not there."""
    server.archived.add("C0DESK")
    for address in ("C0DESK", "C0NOWHERE", "U0NOBODY"):
        assert (await refused(channel, envelope(address=address))).permanent


async def test_a_thread_whose_beginning_was_deleted_is_begun_anew(server: SlackServer, channel: SlackChannel) -> None:
    """Once the next attempt has looked."""
    await send(channel, envelope())
    server.messages.clear()
    assert not (await refused(channel, later("n-2"))).permanent
    await send(channel, later("n-2", attempt=2))
    assert [one.get("thread_ts") for one in server.messages] == [None]


async def test_a_wrong_token_is_mended_without_a_restart(channel: SlackChannel, tmp_path: Path) -> None:
    """A token that is wrong or missing is nobody's address's fault; a new one in the file is used at once."""
    async with channel.session() as session:
        for token in ("xoxb-mistyped", ""):
            secret_file(tmp_path / "token", token)
            with pytest.raises(DeliveryError) as caught:
                await session.send(envelope())
            assert (caught.value.permanent, caught.value.reason) == (False, DeliveryReason.NOT_CONFIGURED)
            assert "xoxb" not in caught.value.sentence
        secret_file(tmp_path / "token", TOKEN)
        assert await session.send(envelope(attempt=2))


async def test_a_slack_that_is_not_there(server: SlackServer, tmp_path: Path) -> None:
    """Is unreachable for now."""
    gone = SlackChannel("slack", settings(server, tmp_path, base_url="http://127.0.0.1:9/api/"))
    error = await refused(gone, envelope())
    assert (error.permanent, error.reason) == (False, DeliveryReason.UNREACHABLE)


async def test_nothing_in_a_report_mentions_anybody(server: SlackServer, channel: SlackChannel) -> None:
    """Neither in a block nor in the text that a notification shows."""
    bad = "<!channel> <@U0EVE> <https://evil.example|good>"
    title = Portion(section=Section.TITLE, text=bad, marking=Marking())
    of = cast.notice(NoticeKind.LAUNCH_INTERNAL, (title, cast.FRAME))
    made = render(of, cast.CSIRT, channel="slack", maximum=Level.BPL, at=cast.AT, forms=(Form.SLACK,))
    assert isinstance(made, Variant)
    await send(channel, cast.envelope(made, address="C0DESK", attempt=1))
    assert "channel&gt;" in server.messages[0]["text"]
    assert server.mentions() == []


@pytest.mark.parametrize("call", ["chat.postmessage", "auth.test?colour=red", "conversations.replies?channel=C0DESK"])
async def test_the_small_slack_knows_slacks_methods_alone(call: str) -> None:
    """An unknown method, an unknown argument or a missing one fails the test in which it is used."""
    with pytest.raises(AssertionError):
        async with slack_server() as small, aiohttp.ClientSession() as http:
            await http.get(small.base_url + call, headers={"Authorization": f"Bearer {TOKEN}"})


async def test_an_exercise_message_never_leaves(server: SlackServer, channel: SlackChannel) -> None:
    """Even if somebody handed one to a live channel."""
    error = await refused(channel, envelope(mode=Mode.EXERCISE))
    assert (error.permanent, server.calls) == (True, [])


@pytest.mark.parametrize("address", ["desk@csirt.example", "#general", "c0desk", "C", "C0DESK ", "T0TEAM"])
async def test_other_addresses_are_refused_unheard(server: SlackServer, channel: SlackChannel, address: str) -> None:
    """Only ids of conversations and users are addresses; names can change hands."""
    error = await refused(channel, envelope(address=address))
    assert (error.permanent, error.reason, server.calls) == (True, DeliveryReason.ADDRESS_UNKNOWN, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"token_env": "SLACK"},
        {"token_file": None},
        {"signing_secret_env": "SLACK"},
        {"base_url": "http://slack.example/api/"},
        {"base_url": "slack.com"},
        {"per_minute": 0},
        {"colour": "red"},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    """Two places for one secret or none, a token in the clear, a misspelt key."""
    with pytest.raises(ValidationError):
        settings(SlackServer(), tmp_path, **changes)


def test_relative_files_are_taken_from_the_folder_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a secret in the environment is read from there."""
    secret_file(tmp_path / "t", "xoxb-1\n")
    made = SlackSettings.model_validate({"type": "slack", "maximum": "BPL", "token_file": "t"}).below(tmp_path)
    assert (made.token(), made.signing_secret(), made.has_button) == ("xoxb-1", None, False)
    monkeypatch.setenv("SLACK_TOKEN", "xoxb-2")
    other = SlackSettings.model_validate({"type": "slack", "maximum": "BPL", "token_env": "SLACK_TOKEN"})
    assert other.token() == "xoxb-2"


def test_the_token_is_the_last_part_of_the_address() -> None:
    """Whatever the desk's own address is."""
    assert token_of(URL) == token_of(URL + "/?from=slack") == "signed.token-of_eve"
