"""A centre with many readers, spread over mail, Slack, webhooks and an inbox, with a real server for each."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Self

from leerp.stakeholders import ContactPoint, Directory, Stakeholder
from notifications.configuration import load_directory
from tests import many_readers
from tests.counterparts import AUTHORITY, Counterpart, conversation
from tests.mail_sink import MailSink
from tests.secret_files import secret_file
from tests.slack_server import TOKEN

CHANNELS = ("mail", "slack", "hooks", "inbox")
"""Two readers after another have the same; so that over each there are readers of every group and clearance."""

SHARE = 4
"""So many readers share a conversation in Slack."""


def respread(home: Path, *, contact: Callable[[int], ContactPoint], channels: Mapping[str, Any]) -> None:
    """Give the readers of `many_readers` other contact points, by their number, and add or change channels."""
    config = home / "config"
    directory = load_directory(config / "directory.yaml")

    def moved(one: Stakeholder) -> Stakeholder:
        number = one.id.removeprefix("reader-")
        return one.model_copy(update={"contacts": (contact(int(number)),)}) if number != one.id else one

    many = tuple(moved(one) for one in directory.stakeholders)
    changed = Directory.model_validate(directory.model_copy(update={"stakeholders": many}).model_dump())
    (config / "directory.yaml").write_text(changed.model_dump_json(indent=1))
    file = json.loads((config / "channels.yaml").read_text())["channels"]
    (config / "channels.yaml").write_text(json.dumps({"channels": {**file, **channels}}))


def slack_settings(folder: Path, port: int, *, per_minute: int = 6_000, connections: int = 4) -> dict[str, Any]:
    """A Slack channel to the process of the tests; its token is put into a file in the folder."""
    secret_file(folder / "slack-token", TOKEN)
    return {
        "type": "slack",
        "maximum": "RESTREINT",
        "token_file": str((folder / "slack-token").absolute()),
        "base_url": f"http://127.0.0.1:{port}/api/",
        "connections": connections,
        "per_minute": per_minute,
        "seconds_between": 0,
    }


class Call(NamedTuple):
    """A request that came to a webhook: its id, a digest of its body, and whether the answer went out."""

    id: str
    digest: str
    answered: bool


class Mail(NamedTuple):
    """A mail that came: its Message-ID and a digest of its bytes."""

    message_id: str
    digest: str


class ManyChannels:
    """The servers of all channels, while the block lasts. `delay`: seconds each takes before it answers.

    `folder`: where they keep their files; `connections`: how many each channel may open.
    """

    def __init__(self, folder: Path, *, readers: int, delay: float, connections: int = 4) -> None:
        self._folder = folder
        self.readers = readers
        self.connections = connections
        self._mail = MailSink(keep=folder / "mail", delay=delay)
        rooms = str(readers // len(CHANNELS) // SHARE + 1)
        self._slack = Counterpart("slack", "--conversations", rooms, "--delay", str(delay))
        self._hooks = Counterpart("webhook", "--folder", str(folder), "--delay", str(delay))
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        servers = (self._mail, self._slack, self._hooks)
        with ExitStack() as stack, ThreadPoolExecutor() as starting:
            for server in servers:
                stack.callback(server.stop)
            list(starting.map(lambda server: server.start(), servers))
            self._running = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def lay_out(self, home: Path) -> None:
        """Write a configuration with all the readers, each reached over one channel; see `channel_of`."""
        many_readers.lay_out(home, readers=self.readers, port=self._mail.port, connections=self.connections)
        secret = self._folder / "webhook-secret"
        secret_file(secret, f"whsec_{base64.b64encode(hashlib.sha256(b'readers').digest()).decode()}\n")
        hooks = {
            "type": "webhook",
            "maximum": "RESTREINT",
            "signature": {"scheme": "standard", "secrets": {"file": str(secret.absolute())}},
            "ca_file": str((self._folder / AUTHORITY).absolute()),
            "connections": self.connections,
            "exemptions": [{"networks": ["127.0.0.1/32"], "ports": [self._hooks.port]}],
        }
        slack = slack_settings(self._folder, self._slack.port, connections=self.connections)
        inbox = {"type": "outbox", "maximum": "RESTREINT"}
        respread(home, contact=self._contact, channels={"slack": slack, "hooks": hooks, "inbox": inbox})

    def _contact(self, number: int) -> ContactPoint:
        channel = CHANNELS[number // 2 % len(CHANNELS)]
        nth = number // 2 // len(CHANNELS) * 2 + number % 2
        addresses = {
            "mail": f"desk-{number}@readers.example",
            "slack": conversation(nth // SHARE),
            "hooks": f"https://127.0.0.1:{self._hooks.port}/reader-{number}",
            "inbox": f"desk {number}",
        }
        return ContactPoint(channel=channel, address=addresses[channel])

    def mails(self) -> list[Mail]:
        """Every mail that came, in the order in which they came."""
        return [Mail(one.message_id, hashlib.sha256(one.content).hexdigest()) for one in self._mail.kept()]

    def posts(self) -> list[str]:
        """The name of every message posted in Slack, which must have been asked for nothing that Slack refuses."""
        seen = self._slack.ask()
        assert seen["wrong"] == []
        return list(seen["names"])

    def calls(self) -> list[Call]:
        """Every request that came to a webhook."""
        return [Call(**one) for one in self._hooks.ask()["calls"]]


def folders(home: Path, notices: Iterable[str]) -> list[tuple[str, Path]]:
    """What lies in the inbox for these notices: the notice, and the folder of a reader or what is left of one."""
    places = ((notice, home / "outbox" / notice) for notice in notices)
    return [(notice, folder) for notice, place in places if place.exists() for folder in sorted(place.iterdir())]
