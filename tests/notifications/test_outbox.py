"""The outbox channel: a folder a message, all at once, once."""

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from leerp.errors import DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason, NoticeKind
from notifications.channels.outbox.transport import OutboxChannel
from tests.notifications import cast


@pytest.fixture
def channel(tmp_path: Path) -> OutboxChannel:
    """A channel into an empty folder that is not there yet."""
    return OutboxChannel(name="email", maximum=Level.BPL, folder=tmp_path / "outbox")


def found(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_every_file_is_written_byte_for_byte(channel: OutboxChannel) -> None:
    """`<outbox>/<notice>/<reader>/<file name>`, and nothing beside it."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    async with channel.session() as session:
        await session.send(cast.envelope(made))
    assert found(channel.folder) == {f"n-5f2c/csirt-fr/{file.name}": file.content for file in made.files}
    assert [path.name for path in (channel.folder / "n-5f2c").iterdir()] == ["csirt-fr"]


async def test_a_repeat_changes_nothing(channel: OutboxChannel) -> None:
    """The channel can tell: the same message again, even twice at once, is one message."""
    envelope = cast.envelope(cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT))
    async with channel.session() as session:
        await asyncio.gather(*(session.send(envelope) for _ in range(4)))
        before = {path: path.stat().st_mtime_ns for path in channel.folder.rglob("*")}
        await session.send(envelope)
    assert channel.can_tell_a_repeat
    assert {path: path.stat().st_mtime_ns for path in channel.folder.rglob("*")} == before
    assert len(found(channel.folder)) == 3


async def test_two_channels_into_one_folder_keep_both_variants(channel: OutboxChannel) -> None:
    """A reader who gets a notice over two channels has both, and a repeat of either is still a repeat."""
    notice = cast.notice(NoticeKind.LAUNCH_EXTERNAL)
    secure = OutboxChannel(name="secure", maximum=Level.SECRET, folder=channel.folder)
    low, high = (cast.variant(notice, cast.CSIRT, maximum=one.maximum) for one in (channel, secure))
    for _ in range(2):
        for way, made in ((channel, low), (secure, high)):
            async with way.session() as session:
                await session.send(cast.envelope(made))
    folders = sorted(path.name for path in (channel.folder / notice.id).iterdir())
    assert folders == ["csirt-fr", "csirt-fr+secure"]


async def test_a_third_content_for_the_same_message_is_a_fault(channel: OutboxChannel) -> None:
    """What was delivered is never overwritten by something else; that is an error for good."""
    notices = [cast.notice(NoticeKind.UPDATE, issuer=issuer) for issuer in ("one", "two", "three")]
    envelopes = [cast.envelope(cast.variant(notice, cast.CSIRT)) for notice in notices]
    async with channel.session() as session:
        await session.send(envelopes[0])
        await session.send(envelopes[1])
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelopes[2])
    assert caught.value.permanent


async def test_a_folder_that_cannot_be_written_is_a_transient_fault(channel: OutboxChannel) -> None:
    """The sentence names the folder; once it is mended the same session goes on, and nothing half-written stays."""
    envelope = cast.envelope(cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT))
    channel.folder.write_text("a file where the folder belongs")
    async with channel.session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope)
        assert (caught.value.permanent, caught.value.reason) == (False, DeliveryReason.UNREACHABLE)
        assert str(channel.folder) in caught.value.sentence
        channel.folder.unlink()
        await session.send(envelope)
    assert len(found(channel.folder)) == 3


async def test_at_once_a_content_lies_there_once(channel: OutboxChannel) -> None:
    """What two readers get is one file with two names; where the first is gone, the next one is written anew."""
    at_once = replace(channel, at_once=True, kept={})
    made = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    async with at_once.session() as session:
        for reader in ("csirt-fr", "csirt-de"):
            await session.send(cast.envelope(made.model_copy(update={"reader": reader})))
        folder = channel.folder / made.notice
        numbers = [
            [(folder / one / file.name).stat().st_ino for file in made.files] for one in ("csirt-fr", "csirt-de")
        ]
        assert numbers[0] == numbers[1]
        shutil.rmtree(folder / "csirt-fr")
        await session.send(cast.envelope(made.model_copy(update={"reader": "csirt-lu"})))
    assert found(folder / "csirt-lu") == {file.name: file.content for file in made.files}
