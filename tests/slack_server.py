"""A small Slack on a loopback port: the methods that leerp uses, as Slack describes them, and faults as told.

Where Slack's published description of the Web API lies beside the project, methods, arguments and error words are taken
from it, and what it does not have yet from a short list; elsewhere from a table of the few methods used. An unknown
method or argument, a token or a block that Slack would not take: each fails the test at the end of `slack_server`.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

TOKEN = "xoxb-not-a-real-one"  # noqa: S105 - of a server that lives for one test
SIGNING_SECRET = "a-secret-for-one-test"  # noqa: S105 - the same
DESCRIPTION = Path(__file__).resolve().parents[2] / "shared" / "data" / "slack" / "slack_web_openapi_v2.json"

TEAM, BOT, BOT_USER = "T0LEERP", "B0LEERP", "U0BOTUSER"


@dataclass(frozen=True)
class Method:
    """What a method takes and says. `errors`: its words for them; none where any will do.

    `answers`: the keys of its good answer; None where any will do.
    """

    arguments: frozenset[str]
    required: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    answers: frozenset[str] | None = None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


USED = {
    "auth.test": Method(_words("")),
    "conversations.open": Method(_words("channel users return_im")),
    "conversations.history": Method(_words("channel latest oldest inclusive limit cursor"), _words("channel")),
    "conversations.replies": Method(_words("channel ts latest oldest inclusive limit cursor"), _words("channel ts")),
    "conversations.create": Method(_words("name is_private"), _words("name")),
    "conversations.list": Method(_words("exclude_archived types limit cursor")),
    "conversations.setTopic": Method(_words("channel topic"), _words("channel topic")),
    "conversations.invite": Method(_words("channel users"), _words("channel users")),
    "conversations.archive": Method(_words("channel"), _words("channel")),
    "chat.postMessage": Method(
        _words(
            "as_user attachments blocks channel icon_emoji icon_url link_names mrkdwn parse reply_broadcast text "
            "thread_ts unfurl_links unfurl_media username"
        ),
        _words("channel"),
    ),
}
"""For where there is no description; and what it does not say of arguments without which nothing can be done."""

LATER = {
    "chat.postMessage": (_words("metadata"), _words("metadata_too_large msg_blocks_too_long invalid_blocks")),
    "conversations.history": (_words("include_all_metadata"), _words("")),
    "conversations.replies": (_words("include_all_metadata"), _words("not_in_channel")),
}
"""Arguments and errors that Slack has added since its description was published."""

LATER_ERRORS = _words("ratelimited fatal_error internal_error service_unavailable token_revoked")
LATER_ANSWERS = _words("response_metadata warning")

NAME, TOPIC = 80, 250
"""The most characters of the name and of the topic of a channel."""

TEXT, HEADER, BLOCKS, MESSAGE = 3_000, 150, 50, 13_000
"""The most characters of a text and of a header, the most blocks, and the most characters of all blocks."""


@cache
def contract() -> dict[str, Method]:
    """Every method there is, with Slack's later additions."""
    known = dict(USED)
    if DESCRIPTION.exists():
        paths = json.loads(DESCRIPTION.read_bytes())["paths"]
        known = {path.removeprefix("/"): _described(next(iter(verbs.values()))) for path, verbs in paths.items()}
    for name, (arguments, errors) in LATER.items():
        one = known[name]
        required = one.required | USED[name].required
        known[name] = Method(one.arguments | arguments, required, one.errors and one.errors | errors, one.answers)
    return known


def _described(operation: dict[str, Any]) -> Method:
    taken = [one for one in operation.get("parameters", []) if one["name"] != "token"]
    good = operation["responses"].get("200", {}).get("schema", {})
    bad = operation["responses"].get("default", {}).get("schema", {}).get("properties", {}).get("error", {})
    return Method(
        frozenset(one["name"] for one in taken),
        frozenset(one["name"] for one in taken if one.get("required")),
        frozenset(bad.get("enum", ())),
        frozenset(good["properties"]) if good.get("additionalProperties") is False else None,
    )


class RefusedError(Exception):
    """A refusal in Slack's word for it."""


@dataclass
class SlackServer:
    """What the server does, and what it has seen.

    `faults`: by method, and call by call: None to answer, a word for an error, seconds for a 429 with Retry-After,
    "lost" (done, and the connection cut before the answer), "cut" (cut before anything is done), "html" (a page with
    status 502), "text" (a plain text with status 200). `page`: the most messages it gives at once.
    """

    port: int = 0
    page: int = 1_000
    conversations: set[str] = field(default_factory=lambda: {"C0DESK", "C0OTHER", "D0EVE"})
    users: dict[str, str] = field(default_factory=lambda: {"U0EVE": "D0EVE"})
    archived: set[str] = field(default_factory=set)
    rooms: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, list[str | int | None]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        """Where the Web API is."""
        return f"http://127.0.0.1:{self.port}/api/"

    def texts(self, *, thread: str | None = None) -> list[str]:
        """The text of every message, or of those in one thread."""
        return [one["text"] for one in self.messages if thread in (None, one.get("thread_ts", one["ts"]))]

    def mentions(self) -> list[str]:
        """Every text in which Slack would find a mention, a link or a special word."""
        return [text for one in self.messages for text in _all_texts(one) if "<" in text or ">" in text]

    def click(self, message: dict[str, Any], *, user: str, at: datetime) -> tuple[dict[str, str], bytes]:
        """Press the button of a message: the headers and the body of what Slack then sends to the app."""
        (block,) = [one for one in message["blocks"] if one["type"] == "actions"]
        (element,) = block["elements"]
        payload: dict[str, Any] = {
            "type": "block_actions",
            "user": {"id": user, "username": "eve", "name": "eve", "team_id": TEAM},
            "api_app_id": "A0LEERP",
            "token": "verification-token-of-old",
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": message["channel"]},
            "trigger_id": "1.2.leerp",
            "team": {"id": TEAM, "domain": "ec3"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": message["channel"], "name": "desk"},
            "message": message,
            "state": {"values": {}},
            "response_url": "https://hooks.slack.example/actions/T0LEERP/1/x",
            "actions": [{**element, "block_id": block["block_id"], "action_ts": f"{at.timestamp():.6f}"}],
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return signed(body, at=at), body

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        self.calls.append(name)
        method = contract().get(name)
        fault = self.faults.get(name, []).pop(0) if self.faults.get(name) else None
        if fault == "cut":
            return _cut(request)
        if isinstance(fault, int):
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(fault)}
            )
        if fault in ("html", "text"):
            status, kind = (502, "text/html") if fault == "html" else (200, "text/plain")
            return web.Response(status=status, text="<p>no</p>", content_type=kind)
        if method is None:
            return web.json_response({"ok": False, "error": str(self._broken(name, "unknown_method"))})
        try:
            arguments = await _arguments(request)
            self._check(name, method, arguments, request)
            self._say(name, method, fault)
            answer = {"ok": True, **getattr(self, "_" + name.replace(".", "_"))(arguments)}
        except RefusedError as error:
            return web.json_response({"ok": False, "error": str(error)})
        if method.answers is not None and not answer.keys() <= method.answers | LATER_ANSWERS:
            self.wrong.append(f"this server answers {name} with {answer.keys() - method.answers}")
        return _cut(request) if fault == "lost" else web.json_response(answer)

    def _check(self, name: str, method: Method, arguments: dict[str, Any], request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError("invalid_auth")
        unknown, missing = arguments.keys() - method.arguments, method.required - arguments.keys()
        if unknown or missing:
            raise self._broken(f"{name} with {sorted(unknown)}, without {sorted(missing)}", "invalid_arg_name")

    def _say(self, name: str, method: Method, word: str | None) -> None:
        """Refuse with a word, which must be one that Slack has."""
        if word in (None, "lost"):
            return
        if method.errors and word not in method.errors | LATER_ERRORS | {"made_up"}:
            self.wrong.append(f"{name} never says {word}")
        raise RefusedError(word)

    def _broken(self, what: str, word: str) -> RefusedError:
        self.wrong.append(f"{word}: {what}")
        return RefusedError(word)

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        names = {"url": "https://ec3.slack.example/", "team": "ec3", "user": "leerp"}
        return {**names, "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False}

    def _conversations_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments.get("users") not in self.users:
            raise RefusedError("user_not_found")
        return {"channel": {"id": self.users[arguments["users"]]}}

    def _conversations_create(self, arguments: dict[str, Any]) -> dict[str, Any]:
        name = arguments["name"]
        if not 0 < len(name) <= NAME or not name.replace("-", "").replace("_", "").isalnum() or name != name.lower():
            raise RefusedError("invalid_name")
        if any(one["name"] == name for one in self.rooms.values()):
            raise RefusedError("name_taken")
        room = {"id": f"C0ROOM{len(self.rooms)}", "name": name, "is_private": arguments.get("is_private") is True}
        self.rooms[room["id"]] = {**room, "topic": "", "members": [BOT_USER]}
        self.conversations.add(room["id"])
        return {"channel": room}

    def _conversations_list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        private = "private_channel" in str(arguments.get("types", "public_channel")).split(",")
        found = [{"id": one["id"], "name": one["name"]} for one in self.rooms.values() if one["is_private"] is private]
        page = self._pages(found, arguments)
        return {"channels": page["messages"], "response_metadata": page["response_metadata"]}

    def _conversations_setTopic(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        room = self._room(arguments)
        if len(arguments["topic"]) > TOPIC:
            raise RefusedError("too_long")
        room["topic"] = arguments["topic"]
        return {"channel": {"id": room["id"], "topic": {"value": room["topic"]}}}

    def _conversations_invite(self, arguments: dict[str, Any]) -> dict[str, Any]:
        room = self._room(arguments)
        for user in arguments["users"].split(","):
            if user not in self.users:
                raise RefusedError("user_not_found")
            if user in room["members"]:
                raise RefusedError("already_in_channel")
            room["members"].append(user)
        return {"channel": {"id": room["id"]}}

    def _conversations_archive(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._conversation(arguments)
        if channel in self.archived:
            raise RefusedError("already_archived")
        self.archived.add(channel)
        return {}

    def _room(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._conversation(arguments)
        if channel in self.archived:
            raise RefusedError("is_archived")
        return self.rooms[channel]

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's name
        channel = self._conversation(arguments)
        if channel in self.archived:
            raise RefusedError("is_archived")
        if not arguments.get("text") and not arguments.get("blocks"):
            raise RefusedError("no_text")
        self._check_blocks(arguments.get("blocks", []))
        message: dict[str, Any] = {
            "type": "message",
            "ts": f"{1494580440 + len(self.messages)}.{len(self.messages):06d}",
            "bot_id": BOT,
            "user": BOT_USER,
            "channel": channel,
            **{key: arguments[key] for key in ("text", "blocks", "metadata", "thread_ts") if key in arguments},
            "sent": arguments,
        }
        if "thread_ts" in message and not self._in(channel, message["thread_ts"]):
            raise RefusedError("cannot_reply_to_message")
        self.messages.append(message)
        return {"channel": channel, "ts": message["ts"], "message": message}

    def _conversations_history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._conversation(arguments)
        shown = [one for one in self._of(channel) if "thread_ts" not in one or one["sent"].get("reply_broadcast")]
        late = [one for one in shown if float(one["ts"]) > float(arguments.get("oldest", 0))]
        counts = {"pin_count": 0, "channel_actions_ts": None, "channel_actions_count": 0}
        return {**self._pages(list(reversed(late)), arguments), **counts}

    def _conversations_replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = self._conversation(arguments)
        if not self._in(channel, arguments["ts"]):
            raise RefusedError("thread_not_found")
        thread = [one for one in self._of(channel) if one.get("thread_ts", one["ts"]) == arguments["ts"]]
        return self._pages(thread, arguments)

    def _conversation(self, arguments: dict[str, Any]) -> str:
        if arguments["channel"] not in self.conversations:
            raise RefusedError("channel_not_found")
        return str(arguments["channel"])

    def _of(self, channel: str) -> list[dict[str, Any]]:
        return [one for one in self.messages if one["channel"] == channel]

    def _in(self, channel: str, ts: str) -> bool:
        return any(one["ts"] == ts for one in self._of(channel))

    def _pages(self, messages: list[dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
        """A page of them; metadata only for who asks for it."""
        begin = int(arguments.get("cursor") or 0)
        end = begin + min(int(arguments.get("limit", 100)), self.page)
        hidden = {"sent"} if str(arguments.get("include_all_metadata")) in ("1", "true") else {"sent", "metadata"}
        page = [{key: value for key, value in one.items() if key not in hidden} for one in messages[begin:end]]
        more = end < len(messages)
        return {"messages": page, "has_more": more, "response_metadata": {"next_cursor": str(end) if more else ""}}

    def _check_blocks(self, blocks: list[dict[str, Any]]) -> None:
        """Slack's limits (https://docs.slack.dev/reference/block-kit/blocks)."""
        if len(blocks) > BLOCKS:
            raise self._broken(f"{len(blocks)} blocks", "invalid_blocks")
        if len(json.dumps(blocks, ensure_ascii=False)) > MESSAGE:
            raise self._broken("the blocks together", "msg_blocks_too_long")
        for block in blocks:
            longest = HEADER if block["type"] == "header" else TEXT
            if block["type"] not in ("header", "section", "context", "actions"):
                raise self._broken(f"a block {block['type']}", "invalid_blocks")
            for text in _objects(block):
                if text["type"] != "plain_text" or not 0 < len(text["text"].strip()) <= len(text["text"]) <= longest:
                    raise self._broken(f"a text of {len(text['text'])} in a {block['type']}", "invalid_blocks")


def signed(body: bytes, *, at: datetime, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers with which Slack signs a request."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body.decode()}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _objects(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The text objects of a block."""
    for element in block.get("elements", []):
        yield element["text"] if element["type"] == "button" else element
    if "text" in block:
        yield block["text"]


def _all_texts(message: dict[str, Any]) -> Iterator[str]:
    yield message["text"]
    for block in message["blocks"]:
        yield from (one["text"] for one in _objects(block))


async def _arguments(request: web.Request) -> dict[str, Any]:
    """From the query, the form and the JSON alike, as Slack takes them."""
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        found |= await request.json()
    elif request.method == "POST":
        found |= dict(await request.post())
    return found


def _cut(request: web.Request) -> web.StreamResponse:
    """Break the connection off, as a cut cable would."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def slack_server() -> AsyncIterator[SlackServer]:
    """A running server; it ends with the block, and the test fails if it was used in a way that Slack does not know."""
    server = SlackServer()
    application = web.Application()
    application.router.add_route("*", "/api/{method}", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
    assert server.wrong == []
