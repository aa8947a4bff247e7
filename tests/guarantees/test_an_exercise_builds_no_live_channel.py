"""DESIGN rule 10: an exercise holds no live channel; the code that could send is not even loaded."""

import subprocess
import sys
from pathlib import Path

from leerp.marking import Level
from leerp.notices import Mode, NoticeKind
from notifications.channels import ChannelsFile, build_channels
from notifications.channels.outbox.transport import OutboxChannel
from notifications.channels.slack.transport import SlackChannel
from notifications.channels.smtp.transport import SmtpChannel
from tests.notifications import cast

FILE = ChannelsFile.model_validate(
    {
        "channels": {
            "email": {
                "type": "smtp",
                "maximum": "BPL",
                "host": "127.0.0.1",
                "starttls": False,
                "from_address": "ecc@ec3.example",
            },
            "secure": {"type": "outbox", "maximum": "CONFIDENTIEL"},
            "slack": {"type": "slack", "maximum": "BPL", "token_env": "SLACK_TOKEN"},
        }
    }
)

BUILD = """
import sys
from pathlib import Path
from leerp.notices import Mode
from notifications.channels import build_channels
from notifications.configuration import load_channels
file = load_channels(Path(sys.argv[1]))
build_channels(file, mode=Mode(sys.argv[2]), outbox=Path("out"))
could_send = ("aiohttp", "aiosmtplib", "slack_sdk")
live = ("slack.transport", "smtp.transport")
print(sorted(name for name in sys.modules if name.split(".")[0] in could_send or name.endswith(live)))
"""


def test_every_channel_of_an_exercise_is_an_outbox(tmp_path: Path) -> None:
    """Same names, same maxima, but all of them write into the outbox folder."""
    built = build_channels(FILE, mode=Mode.EXERCISE, outbox=tmp_path)
    assert [type(channel) for channel in built.values()] == [OutboxChannel] * 3
    assert {name: (one.name, one.maximum) for name, one in built.items()} == {
        "email": ("email", Level.BPL),
        "secure": ("secure", Level.CONFIDENTIEL),
        "slack": ("slack", Level.BPL),
    }


def test_an_actual_incident_gets_what_is_configured(tmp_path: Path) -> None:
    """The same file builds the mail and Slack channels when it is no exercise."""
    built = build_channels(FILE, mode=Mode.ACTUAL, outbox=tmp_path)
    assert [type(channel) for channel in built.values()] == [SmtpChannel, OutboxChannel, SlackChannel]


def test_an_exercise_loads_nothing_that_could_send(tmp_path: Path) -> None:
    """In a fresh process that reads a live configuration, the live transports are loaded only for real."""
    path = tmp_path / "channels.yaml"
    path.write_text(FILE.model_dump_json(exclude_none=True))
    loaded = {
        mode: subprocess.run(
            [sys.executable, "-c", BUILD, str(path), mode.value], check=True, capture_output=True, text=True
        ).stdout.strip()
        for mode in Mode
    }
    assert loaded[Mode.EXERCISE] == "[]"
    for transport in ("slack", "smtp"):
        assert f"notifications.channels.{transport}.transport" in loaded[Mode.ACTUAL]


async def test_an_exercise_message_lands_in_the_folder(tmp_path: Path) -> None:
    """What the mail channel would have sent lies in the outbox, byte for byte."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE, mode=Mode.EXERCISE), cast.CSIRT)
    channel = build_channels(FILE, mode=Mode.EXERCISE, outbox=tmp_path)["email"]
    async with channel.session() as session:
        await session.send(cast.envelope(made, mode=Mode.EXERCISE))
    for file in made.files:
        assert (tmp_path / made.notice / made.reader / file.name).read_bytes() == file.content
