"""A reader's word is that reader's own: over every way there is, what somebody else can make confirms nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from pysequoia import SignatureMode, Tsk, sign

from activities.confirming import Confirming, Heard
from desk.assembly import open_house, wall_clock
from desk.web.application import build_application
from leerp.errors import BadInputError
from leerp.journal import JournalKind
from leerp.notices import DeliveryState
from leerp.settings import Settings
from notifications.acknowledging import address, token
from notifications.identity import message_id
from notifications.replies import MAX_BYTES, read_reply
from records.views import incident_view
from tests.correspondents import Post, lay_out, reader
from tests.notifications.mail_keys import openpgp_key
from tests.records.cast import SECRET
from tests.secret_files import secret_file
from tests.slack_server import SIGNING_SECRET, TOKEN, SlackServer, signed, slack_server

PUBLIC = "https://leerp.centre.example"
RECEIVED, CLAIMED = JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED, JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED


@dataclass
class Scene:
    """A centre with one notice sent to readers by mail and over Slack, its desk, and what only readers have."""

    post: Post
    desk: httpx.AsyncClient
    slack: SlackServer
    key: Tsk

    def message(self, conversation: str) -> dict[str, object]:
        """The message of the notice in a conversation."""
        (found,) = [one for one in self.slack.messages if one["channel"] == conversation]
        return found

    async def press(self, conversation: str, *, user: str, times: int = 1) -> list[int]:
        """Somebody presses the button there; Slack sends the very same request so often."""
        headers, body = self.slack.click(self.message(conversation), user=user, at=wall_clock())
        return [
            (await self.desk.post("/slack/interactivity", content=body, headers=headers)).status_code
            for _ in range(times)
        ]

    async def hand_in(self, content: bytes) -> Heard:
        """An officer hands in a reply."""
        reply = read_reply(content, name="reply.eml")
        return await Confirming(self.post.house.rooms).by_mail(reply, at=wall_clock(), by="duty-officer")

    async def confirmed(self) -> set[str]:
        """Who has confirmed the notice."""
        states = await self.post.states("N-1")
        return {name for name, state in states.items() if state is DeliveryState.ACKNOWLEDGED}

    async def waits(self) -> list[str]:
        """Whom the officer has to call."""
        async with self.post.house.store.reading() as connection:
            view = await incident_view(connection, self.post.incident)
        return [line for line in view.waiting_for if line.startswith("a call")]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Two readers by mail, one of them with a key; two over Slack, one in a conversation and one by name."""
    key = Tsk.generate("Desk <keyed@x.example>")
    readers = [
        reader("plain", ("email", "plain@x.example")),
        reader("keyed", ("email", "keyed@x.example"), key=openpgp_key(key.extract_certificate())),
        reader("room", ("slack", "C0DESK")),
        reader("eve", ("slack", "U0EVE")),
    ]
    async with slack_server() as slack:
        files = {"token_file": "token", "signing_secret_file": "secret", "base_url": slack.base_url}
        channels = {"slack": {"type": "slack", "maximum": "BPL", "seconds_between": 0, **files}}
        await asyncio.to_thread(lay_out, tmp_path, *readers, channels=channels)
        secret_file(tmp_path / "config" / "token", TOKEN)
        secret_file(tmp_path / "config" / "secret", SIGNING_SECRET)
        async with open_house(Settings(home=tmp_path, public_url=PUBLIC), migrate=True) as house:
            post = await Post.open(house)
            await post.send("N-1", "plain", "keyed", "room", "eve")
            transport = httpx.ASGITransport(app=build_application(house), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as desk:
                yield Scene(post, desk, slack, key)


def answer(text: str, *, to: str = "plain", notice: str = "N-1", **headers: str) -> bytes:
    """A reply by mail to the notice as this reader got it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Desk <{to}@x.example>"
    message["In-Reply-To"] = message_id(notice, to, "email")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def link(reader: str, *, notice: str = "N-1", secret: str = SECRET) -> str:
    """A reader's link."""
    return address(PUBLIC, secret, notice=notice, reader=reader)


def signed_answer(key: Tsk, text: str, *, to: str = "keyed") -> bytes:
    """A signed reply (RFC 3156 §5)."""
    body = b"Content-Type: text/plain\r\n\r\n" + text.encode() + b"\r\n"
    signature = sign(key.signer(), body, mode=SignatureMode.DETACHED)
    header = f"From: {to}@x.example\r\nIn-Reply-To: {message_id('N-1', to, 'email')}\r\n"
    kind = 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="b"\r\n\r\n\r\n'
    end = b"\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature + b"\r\n--b--\r\n"
    return (header + kind).encode() + b"--b\r\n" + body + end


async def test_each_readers_own_link_confirms_for_that_reader(scene: Scene) -> None:
    """Opened it does nothing; pressed it counts, and for nobody else."""
    path = urlsplit(link("plain")).path
    assert (await scene.desk.get(path)).status_code == 200
    assert await scene.confirmed() == set()
    assert (await scene.desk.post(path)).status_code == 200
    assert await scene.confirmed() == {"plain"}


async def test_a_pressed_button_counts_once_however_often_it_comes(scene: Scene) -> None:
    """Replayed byte for byte it is answered the same; which user pressed is kept as what Slack says."""
    assert await scene.press("C0DESK", user="U0OTHER", times=3) == [200, 200, 200]
    (entry,) = await scene.post.entries(RECEIVED)
    assert await scene.confirmed() == {"room"}
    assert {name: entry.data[name] for name in ("reader", "via", "says_slack_user")} == {
        "reader": "room",
        "via": "slack",
        "says_slack_user": "U0OTHER",
    }


async def test_a_button_for_one_user_is_pressed_by_that_user(scene: Scene) -> None:
    """Another one in the workspace cannot confirm for the reader who is reached by name."""
    assert await scene.press("D0EVE", user="U0MALLORY") == [404]
    assert await scene.confirmed() == set()
    assert await scene.press("D0EVE", user="U0EVE") == [200]
    assert await scene.confirmed() == {"eve"}


async def test_nothing_that_slack_did_not_sign_just_now_is_believed(scene: Scene) -> None:
    """A wrong or missing signature, a changed body, an old request, a huge one: nothing is confirmed."""
    headers, body = scene.slack.click(scene.message("C0DESK"), user="U0EVE", at=wall_clock())
    old = signed(body, at=wall_clock().replace(year=2025))
    wrong = {**headers, "X-Slack-Signature": "v0=" + "0" * 64}
    tried = [({}, body), (wrong, body), (headers, body + b"&x=1"), (old, body), (headers, b"x" * 1_000_000)]
    codes = [
        (await scene.desk.post("/slack/interactivity", content=content, headers=fields)).status_code
        for fields, content in tried
    ]
    assert codes == [401] * len(tried)
    assert await scene.confirmed() == set()


@pytest.mark.parametrize(
    "value",
    [
        token(SECRET, notice="N-1", reader="plain"),
        token("00" * 32, notice="N-1", reader="room"),
        token(SECRET, notice="N-2", reader="room"),
        "1.x.y",
    ],
    ids=["a reader who is not in Slack", "another incident", "another notice", "no token"],
)
async def test_a_signed_press_with_a_token_that_is_not_of_this_message_confirms_nothing(
    scene: Scene, value: str
) -> None:
    """Whoever can make Slack sign a payload of his own still needs the token of a message that was sent there."""
    _, body = scene.slack.click(scene.message("C0DESK"), user="U0EVE", at=wall_clock())
    payload = json.loads(httpx.QueryParams(body.decode())["payload"])
    payload["actions"][0]["value"] = value
    forged = urlencode({"payload": json.dumps(payload)}).encode()
    sent = await scene.desk.post("/slack/interactivity", content=forged, headers=signed(forged, at=wall_clock()))
    assert sent.status_code == 404
    assert await scene.confirmed() == set()


async def test_a_reply_with_the_readers_own_link_counts(scene: Scene) -> None:
    """Once, though the mail is handed in twice."""
    first, again = [await scene.hand_in(answer(f"Received.\n> {link('plain')}")) for _ in range(2)]
    (entry,) = await scene.post.entries(RECEIVED)
    assert (first.counts, first.first, again.counts, again.first) == (True, True, True, False)
    assert await scene.confirmed() == {"plain"}
    assert (entry.data["via"], entry.data["proof"], entry.actor) == ("mail", "link", "duty-officer")


async def test_a_reply_signed_with_the_pinned_key_counts(scene: Scene) -> None:
    """If its text names the notice; the journal names the key."""
    heard = await scene.hand_in(signed_answer(scene.key, "We have notice N-1."))
    (entry,) = await scene.post.entries(RECEIVED)
    assert (heard.counts, entry.data["proof"]) == (True, scene.key.extract_certificate().fingerprint)


async def test_a_reply_that_anybody_could_have_written_is_a_claim_for_an_officer(scene: Scene) -> None:
    """A forged From, another's link, another incident's, somebody else's key, an old signed mail: all only claims."""
    forged = [
        answer("Received."),
        answer(f"Received. {link('keyed')}"),
        answer(f"Received. {link('plain', secret='00' * 32)}"),
        answer(f"Received. {link('plain', notice='N-2')}"),
        signed_answer(Tsk.generate("Eve <eve@x.example>"), "N-1 received."),
        signed_answer(scene.key, "Thank you, all fine."),
        signed_answer(scene.key, "N-1 received.", to="plain"),
    ]
    heard = [await scene.hand_in(one) for one in forged]
    assert [one.counts for one in heard] == [False] * len(forged)
    assert await scene.confirmed() == set()
    assert len(await scene.post.entries(CLAIMED)) == len(forged)
    assert [line.split(":")[0] for line in await scene.waits()] == ["a call to keyed", "a call to plain"]


async def test_a_claim_is_settled_by_the_readers_own_word(scene: Scene) -> None:
    """Once the reader confirms, nobody has to call any more; and a claim never stands in the way."""
    await scene.hand_in(answer("Received."))
    await scene.desk.post(urlsplit(link("plain")).path)
    assert await scene.confirmed() == {"plain"}
    assert await scene.waits() == []


async def test_an_absence_note_confirms_nothing(scene: Scene) -> None:
    """Although it quotes the notice with the link in it; and it is no claim either."""
    heard = await scene.hand_in(answer(f"I am away. {link('plain')}", Auto_Submitted="auto-replied"))
    assert (heard.counts, await scene.confirmed(), await scene.post.entries(CLAIMED)) == (False, set(), [])


async def test_a_mail_that_answers_nothing_of_ours_or_is_huge_is_refused(scene: Scene) -> None:
    """Also with a good link in it: who answers no message of ours has got none."""
    for content in (answer(link("plain"), notice="N-9"), b"From: x\r\n\r\n" + b"x" * MAX_BYTES):
        with pytest.raises(BadInputError):
            await scene.hand_in(content)
    assert await scene.confirmed() == set()
