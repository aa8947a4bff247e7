"""What launches with kills have come to: what arrived, held against what was planned, and the rules that it broke."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desk.assembly import House
from leerp.errors import BadInputError
from leerp.journal import JournalKind, verify
from leerp.notices import Delivery, DeliveryState, VariantFile
from notifications.channels.slack.past import message_key
from notifications.channels.webhook.message import webhook_id
from notifications.identity import message_id
from records import journal, ledger
from tests.killed_launches import KilledLaunches
from tests.many_channels import CHANNELS, ManyChannels, folders

MOST_POSTS = 10
"""A notice is never more messages in Slack than this."""


@dataclass(frozen=True)
class Findings:
    """The sums, and for each rule what broke it: nothing, if it held."""

    sums: dict[str, Any]
    rules: dict[str, list[str]]

    @property
    def held(self) -> bool:
        """Whether every rule held."""
        return not any(self.rules.values())


class Finder:
    """Looks at what came, when all is over."""

    def __init__(self, launches: KilledLaunches, channels: ManyChannels, house: House) -> None:
        self._launches = launches
        self._channels = channels
        self._house = house
        self._rules: dict[str, list[str]] = {}
        self._sums: dict[str, Any] = {}

    async def findings(self) -> Findings:
        """Everything that can be said."""
        lines = await self._lines()
        by_channel = {name: [one for one in lines if one.channel == name] for name in CHANNELS}
        self._count(lines)
        self._mail(by_channel["mail"], await self._journalled())
        self._slack(by_channel["slack"])
        self._hooks(by_channel["hooks"])
        self._inbox(by_channel["inbox"], await self._files(by_channel["inbox"]))
        self._rules["the journal verifies"] = await self._journal_faults()
        return Findings(self._sums, self._rules)

    def _count(self, lines: list[Delivery]) -> None:
        launches, watch, flights = self._launches, self._launches.watch, self._launches.flights
        states = Counter(one.state.value for one in lines)
        told = {(one.notice, one.reader) for one in lines if one.state is DeliveryState.SENT}
        planned = self._channels.readers * len(launches.drills)
        self._sums |= {
            "kills": len(flights),
            "kills_with_a_message_under_way": sum(bool(one) for one in flights),
            "launches": len(launches.drills),
            "readers": self._channels.readers,
            "ledger": {"lines": len(lines), **states},
            "times_the_sums_were_checked": watch.samples,
        }
        self._rules["planned = sent + failed + withheld + pending, at every instant"] = watch.wrong
        self._rules["every reader of every launch is told, by the ledger"] = (
            [] if len(told) == len(lines) == planned else [f"{len(told)} of {planned}; the ledger has {dict(states)}"]
        )

    def _mail(self, lines: list[Delivery], journalled: Counter[str]) -> None:
        mails, flown = self._channels.mails(), self._launches.flown("mail")
        came = Counter(one.message_id for one in mails)
        more = {name: times - 1 for name, times in came.items() if times > 1}
        at_once = [sum(one.channel == "mail" for one in flight) for flight in self._launches.flights]
        variants = Counter(name for name, _ in set(mails))
        self._sums["mail"] = _sums(lines, came) | {
            "under_way_at_kills": flown.total(),
            "most_under_way_at_one_kill": max(at_once, default=0),
            "connections": self._channels.connections,
            "journalled_as_perhaps_repeated": journalled.total(),
        }
        self._same("mail", {_message(one) for one in lines}, came)
        self._rules |= {
            "mail: only what was under way at a kill is repeated": _beyond(more, flown),
            "mail: every repeat is journalled": _beyond(more, journalled),
            "mail: never more under way than connections": [
                f"{number} at kill {kill}" for kill, number in enumerate(at_once) if number > self._channels.connections
            ],
            "mail: a repeat is the same, byte for byte": [name for name, number in variants.items() if number > 1],
        }

    def _slack(self, lines: list[Delivery]) -> None:
        came = Counter(self._channels.posts())
        first = {message_key(_message(one), 0) for one in lines}
        further = {message_key(_message(one), number) for one in lines for number in range(1, MOST_POSTS)}
        self._sums["slack"] = _sums(lines, came)
        self._same("slack", first, Counter({name: times for name, times in came.items() if name not in further}))
        self._rules["slack: nothing twice"] = [name for name, times in came.items() if times > 1]

    def _hooks(self, lines: list[Delivery]) -> None:
        calls = self._channels.calls()
        came = Counter(one.id for one in calls)
        answered = Counter(one.id for one in calls if one.answered)
        bodies = Counter(name for name, _ in {(one.id, one.digest) for one in calls})
        self._sums["hooks"] = _sums(lines, came) | {
            "answered": answered.total(),
            "processed_by_a_receiver_that_knows_repeats": len(came),
        }
        names = [webhook_id(_message(one)) for one in lines]
        self._same("hooks", set(names), came)
        self._rules["hooks: every message was answered"] = [name for name in names if not answered[name]]
        self._rules["hooks: a repeat has the same webhook-id and body"] = [
            name for name, number in bodies.items() if number > 1
        ]

    def _inbox(self, lines: list[Delivery], files: Mapping[tuple[str, str], Iterable[VariantFile]]) -> None:
        found = folders(self._house.settings.home, {one.notice for one in lines})
        drafts = [folder for _, folder in found if folder.name.startswith(".")]
        whole = {(notice, folder.name): _content(folder) for notice, folder in found if folder not in drafts}
        wanted = {key: {file.name: file.content for file in some} for key, some in files.items()}
        came = Counter(f"{notice} {reader.partition('+')[0]}" for notice, reader in whole)
        self._sums["inbox"] = _sums(lines, came) | {"unfinished_folders_left": len(drafts)}
        self._same("inbox", {f"{one.notice} {one.reader}" for one in lines}, came)
        self._rules["inbox: nothing twice"] = [name for name, times in came.items() if times > 1]
        self._rules["inbox: every message is whole"] = [
            " ".join(key) for key, content in wanted.items() if whole.get(key) != content
        ]

    def _same(self, channel: str, wanted: set[str], came: Counter[str]) -> None:
        self._rules[f"{channel}: none is lost"] = sorted(wanted - came.keys())
        self._rules[f"{channel}: nothing came that was not planned"] = sorted(came.keys() - wanted)

    async def _lines(self) -> list[Delivery]:
        async with self._house.store.reading() as connection:
            some = [await ledger.deliveries(connection, incident=one.reference) for one in self._launches.drills]
        return [line for lines in some for line in lines]

    async def _files(self, lines: list[Delivery]) -> dict[tuple[str, str], Iterable[VariantFile]]:
        found: dict[tuple[str, str], Iterable[VariantFile]] = {}
        async with self._house.store.reading() as connection:
            for notice in {one.notice for one in lines}:
                keys = [(one.reader, one.channel) for one in lines if one.notice == notice]
                variants = await ledger.variants(connection, notice, keys)
                found |= {(notice, reader): variants.get((reader, channel), ()) for reader, channel in keys}
        return found

    async def _journalled(self) -> Counter[str]:
        """How often the journal says of each message that it may have gone twice."""
        async with self._house.store.reading() as connection:
            entries = await journal.of_kinds(connection, {JournalKind.DELIVERY_MESSAGE_REPEATED})
        return Counter(str(one.data["message_id"]) for one in entries)

    async def _journal_faults(self) -> list[str]:
        faults = []
        for drill in self._launches.drills:
            try:
                verify(await drill.lines())
            except BadInputError as error:
                faults.append(error.sentence)
        return faults


def _message(line: Delivery) -> str:
    return message_id(line.notice, line.reader, line.channel)


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _sums(lines: list[Delivery], came: Counter[str]) -> dict[str, int]:
    repeats = [times - 1 for times in came.values() if times > 1]
    return {
        "planned": len(lines),
        "messages": len(came),
        "came_again": sum(repeats),
        "messages_that_came_again": len(repeats),
        "attempts_beyond_the_first": sum(line.attempts - 1 for line in lines),
    }


def _beyond(more: Mapping[str, int], allowed: Mapping[str, int]) -> list[str]:
    """What came again more often than it may have."""
    return [
        f"{name} came {times} times more, and may {allowed.get(name, 0)}"
        for name, times in more.items()
        if times > allowed.get(name, 0)
    ]
