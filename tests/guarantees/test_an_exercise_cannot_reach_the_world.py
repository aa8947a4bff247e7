"""DESIGN rule 10: an exercise cannot reach the world, even with live channels of every type in its configuration."""

import asyncio
import json
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from pypdf import PdfReader

from desk.worker import build_worker
from exercises.player import play
from exercises.setting import setting
from leerp.notices import Mode
from notifications.channels import build_channels
from notifications.channels.slack.transport import SlackChannel
from notifications.channels.smtp.transport import SmtpChannel
from notifications.channels.webhook.transport import WebhookChannel
from notifications.configuration import lay_out_example, load_channels, load_directory
from tests.exercises.scenarios import scenario
from tests.mailboxes import running_mailboxes
from tests.secret_files import secret_file


def speak_to(port: int) -> None:
    """Send one mail to the server, to see that it does listen."""
    with smtplib.SMTP("127.0.0.1", port) as connection:
        connection.sendmail("ecc@centre.example", "desk@csirt-lu.example", "Subject: can you hear me\r\n\r\n")


async def test_a_listening_mail_server_hears_nothing_of_an_exercise(tmp_path: Path) -> None:
    """Readers whose channel is live mail are told of the launch in the folder, and the server hears nothing."""
    config, out = tmp_path / "config", tmp_path / "out"
    lay_out_example(config)
    with running_mailboxes() as mailboxes:
        mailboxes.channels(config)
        live = build_channels(load_channels(config / "channels.yaml"), mode=Mode.ACTUAL, outbox=out)
        assert isinstance(live["email"], SmtpChannel)
        outcome = await play(scenario(), out=out, build_worker=build_worker, centre=setting(config))
        assert mailboxes.messages == []
        await asyncio.to_thread(speak_to, mailboxes.port)
        assert len(mailboxes.messages) == 1
    assert outcome.met
    told = list((out / "notices").glob("*/csirt-lu/message.txt"))
    assert len(told) == 1
    assert told[0].read_text(encoding="utf-8").startswith("EXERCISE EXERCISE EXERCISE")


@asynccontextmanager
async def listening(heard: list[bytes]) -> AsyncIterator[int]:
    """A server on a port of loopback that notes whoever so much as connects, whatever is spoken."""

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1) if not reader.at_eof() else b"")
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


ADDRESSES = {
    "mail": "desk@csirt-lu.example",
    "slack": "C0123456789",
    "hook": "https://127.0.0.1:{port}/notices",
}
"""Where `csirt-lu` is reached over each channel."""


def lay_out_live(config: Path, ports: dict[str, int], *, channel: str) -> None:
    """Channels of all three types that lead to these ports; `csirt-lu` is reached over one of them alone."""
    lay_out_example(config)
    secret_file(config / "secret", "whsec_" + "QUJD" * 10 + "\n")
    secret_file(config / "token", "xoxb-1-abc\n")
    mail = {"host": "127.0.0.1", "port": ports["mail"], "starttls": False, "from_address": "ecc@centre.example"}
    exempt = {"host": "127.0.0.1", "ports": [ports["hook"]]}
    hook = {"signature": {"scheme": "standard", "secrets": {"file": "secret"}}, "exemptions": [exempt]}
    live = {
        "mail": {"type": "smtp", "maximum": "BPL", **mail},
        "slack": {
            "type": "slack",
            "maximum": "BPL",
            "token_file": "token",
            "base_url": f"http://127.0.0.1:{ports['slack']}/api/",
        },
        "hook": {"type": "webhook", "maximum": "BPL", "allow_private_networks": True, **hook},
    }
    outbox = {name: {"type": "outbox", "maximum": "BPL"} for name in ("email", "secure", "outbox")}
    (config / "channels.yaml").write_text(json.dumps({"channels": live | outbox}))
    directory = json.loads(load_directory(config / "directory.yaml").model_dump_json())
    for one in directory["stakeholders"]:
        if one["id"] == "csirt-lu":
            one["contacts"] = [{"channel": channel, "address": ADDRESSES[channel].format(port=ports["hook"])}]
    (config / "directory.yaml").write_text(json.dumps(directory))


@pytest.mark.parametrize("channel", ADDRESSES)
async def test_no_server_of_any_live_channel_is_so_much_as_connected_to(channel: str, tmp_path: Path) -> None:
    """Mail, Slack and webhook: real servers listen at the configured places; the folder gets it, and they nothing."""
    config, out, heard = tmp_path / "config", tmp_path / "out", list[bytes]()
    async with AsyncExitStack() as servers:
        ports = {name: await servers.enter_async_context(listening(heard)) for name in ADDRESSES}
        await asyncio.to_thread(lay_out_live, config, ports, channel=channel)
        live = build_channels(load_channels(config / "channels.yaml"), mode=Mode.ACTUAL, outbox=out)
        assert [type(live[name]) for name in ADDRESSES] == [SmtpChannel, SlackChannel, WebhookChannel]
        outcome = await play(scenario(), out=out, build_worker=build_worker, centre=setting(config))
        assert heard == []
        for port in ports.values():
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"?")
            await writer.drain()
            writer.close()
        await asyncio.sleep(0.1)
        assert len(heard) == len(ports)  # they do listen
    assert outcome.met
    told = list((out / "notices").glob("*/csirt-lu/*"))
    assert told != []
    assert all("EXERCISE EXERCISE EXERCISE" in text_of(file) for file in told)


def text_of(path: Path) -> str:
    """What stands in a file, on the first page if it has pages."""
    if path.suffix == ".pdf":
        return PdfReader(path).pages[0].extract_text()
    return path.read_text(encoding="utf-8")


async def test_an_exercise_is_an_exercise_in_every_file_it_leaves(tmp_path: Path) -> None:
    """Journal, incident, report and every message say so; the ledger names no incident, nor does the scenario."""
    out = tmp_path / "out"
    outcome = await play(scenario(), out=out, build_worker=build_worker)
    assert outcome.reference.startswith("EXERCISE-")
    assert Mode.EXERCISE is outcome.report.incident.mode
    texts = [text_of(path) for path in out.rglob("*.*") if path.name not in ("ledger.json", "scenario.json")]
    assert len(texts) > 100
    assert [text[:80] for text in texts if "EXERCISE" not in text] == []
