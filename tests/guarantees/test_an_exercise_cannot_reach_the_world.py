"""DESIGN rule 10: an exercise cannot reach the world, even with a live mail server in its configuration."""

import asyncio
import smtplib
from pathlib import Path

from pypdf import PdfReader

from desk.worker import build_worker
from exercises.player import play
from leerp.notices import Mode
from notifications.channels import build_channels
from notifications.channels.smtp.transport import SmtpChannel
from notifications.configuration import lay_out_example, load_channels
from tests.exercises.scenarios import scenario
from tests.mailboxes import running_mailboxes


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
        outcome = await play(scenario(), out=out, build_worker=build_worker, config=config)
        assert mailboxes.messages == []
        await asyncio.to_thread(speak_to, mailboxes.port)
        assert len(mailboxes.messages) == 1
    assert outcome.met
    told = list((out / "notices").glob("*/csirt-lu/message.txt"))
    assert len(told) == 1
    assert told[0].read_text(encoding="utf-8").startswith("EXERCISE EXERCISE EXERCISE")


async def test_an_exercise_is_an_exercise_in_every_file_it_leaves(tmp_path: Path) -> None:
    """Journal, incident, report and every message say so; the ledger names no incident at all."""
    out = tmp_path / "out"
    outcome = await play(scenario(), out=out, build_worker=build_worker)
    assert outcome.reference.startswith("EXERCISE-")
    assert Mode.EXERCISE is outcome.report.incident.mode
    texts = [text_of(path) for path in out.rglob("*.*") if path.name != "ledger.json"]
    assert len(texts) > 100
    assert [text[:80] for text in texts if "EXERCISE" not in text] == []


def text_of(path: Path) -> str:
    """The text of a file; of a PDF, what a reader of it sees on the first page."""
    if path.suffix == ".pdf":
        return PdfReader(path).pages[0].extract_text()
    return path.read_text(encoding="utf-8")
