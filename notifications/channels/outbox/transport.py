"""Writes each message as a folder of files: `<outbox>/<notice>/<reader>/<file name>`.

The folder appears all at once, by one rename, or not at all. A message that is already there is not written again.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from leerp.errors import DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason, Form, VariantFile
from notifications.channels import Envelope


@dataclass(frozen=True, kw_only=True)
class OutboxChannel:
    """A channel that writes below one folder. A repeat of a message changes nothing.

    `at_once`: without a thread beside it, which a slow disk would be written by, and each content once: what many
    readers get is one file with many names (hard links). `kept`: where a content lies, by its SHA-256.
    """

    name: str
    maximum: Level
    folder: Path
    forms: tuple[Form, ...] = tuple(Form)
    needs_key: bool = False
    can_tell_a_repeat: bool = True
    server_per_reader: bool = False
    connections: int = 1
    at_once: bool = False
    kept: dict[bytes, Path] = field(default_factory=dict, compare=False, repr=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["OutboxSession"]:
        """A session; there is nothing to open or to close."""
        yield OutboxSession(self)


class OutboxSession:
    """Writes one message after another."""

    def __init__(self, channel: OutboxChannel) -> None:
        self._channel = channel

    async def send(self, envelope: Envelope, *, permit: Awaitable[bool] | None = None) -> bool:
        """Write the files of a variant; a fault of the file system is a transient DeliveryError."""
        if permit is not None and not await permit:
            return False
        try:
            if self._channel.at_once:
                _deliver(self._channel, envelope)
            else:
                await asyncio.to_thread(_deliver, self._channel, envelope)
        except OSError as error:
            raise DeliveryError(
                f"channel {self._channel.name}: cannot write below {self._channel.folder} ({error.strerror}); "
                "make room or give leerp the right to write there",
                permanent=False,
                reason=DeliveryReason.UNREACHABLE,
            ) from error
        return True


def _deliver(channel: OutboxChannel, envelope: Envelope) -> None:
    notice = channel.folder / envelope.notice
    notice.mkdir(parents=True, exist_ok=True)
    # A reader who gets one notice over two channels may get two different variants; "+" is in no identifier.
    places = (notice / envelope.reader, notice / f"{envelope.reader}+{channel.name}")
    if not any(_put(place, envelope.variant.files, channel.kept if channel.at_once else None) for place in places):
        raise DeliveryError(
            f"channel {channel.name}: {places[-1]} already holds other files for this notice and reader; look at them",
            permanent=True,
            reason=DeliveryReason.REFUSED_BY_SERVER,
        )


def _put(place: Path, files: tuple[VariantFile, ...], kept: dict[bytes, Path] | None) -> bool:
    """True once exactly these files lie at the place; False if others do. `kept`: as of the channel."""
    if not place.exists():
        draft = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))  # no identifier begins with a dot
        try:
            for file in files:
                _write(draft / file.name, file.content, kept, to_be=place / file.name)
            draft.rename(place)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            # Another attempt at the same message may have been faster: a folder is not renamed onto a filled one.
            if not place.exists():
                raise
        else:
            return True
    return {file.name: file.read_bytes() for file in place.iterdir()} == {file.name: file.content for file in files}


def _write(path: Path, content: bytes, kept: dict[bytes, Path] | None, *, to_be: Path) -> None:
    """Write a file; one with the very same content that is there already gets another name instead, if it can.

    `to_be`: where it is going to lie.
    """
    if kept is not None:
        same = kept.setdefault(sha256(content).digest(), to_be)
        if same != to_be:
            with suppress(OSError):  # not there after all, or a file system without such names, or with too few
                path.hardlink_to(same)
                return
    path.write_bytes(content)
