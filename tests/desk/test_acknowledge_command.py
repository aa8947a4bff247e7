"""`leerp acknowledge`: what an officer has heard on the telephone, and what came by mail."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from desk.assembly import open_house
from leerp.settings import Settings
from notifications.acknowledging import address
from notifications.identity import message_id
from tests.correspondents import Post, lay_out, reader
from tests.desk.commands import Commands
from tests.postgresql import run_apart
from tests.records.cast import SECRET

OFFICER = ("--as", "duty-officer")


@pytest.fixture
def sent(leerp: Commands) -> Commands:
    """A centre that has sent a notice to one reader."""
    for file in (leerp.home / "config").iterdir():
        file.unlink()
    lay_out(leerp.home, reader("csirt-a", ("email", "a@x.example")), channels={})

    async def send() -> None:
        async with open_house(Settings(home=leerp.home)) as house:
            await (await Post.open(house)).send("N-1", "csirt-a")

    run_apart(send())
    return leerp


def mail(folder: Path, text: str) -> str:
    """A reply as a file."""
    message = EmailMessage()
    message["From"] = "a@x.example"
    message["In-Reply-To"] = message_id("N-1", "csirt-a", "email")
    message.set_content(text)
    path = folder / "reply.eml"
    path.write_bytes(message.as_bytes())
    return str(path)


def test_a_call_is_recorded_with_who_answered(sent: Commands) -> None:
    """Once; and the journal shows that it came on the telephone."""
    command = ("acknowledge", "N-1", "csirt-a", "--spoken-to", "night desk", *OFFICER)
    assert sent(*command).out == "N-1, csirt-a: recorded\n"
    assert sent(*command).out == "N-1, csirt-a: had been recorded before; nothing changed\n"
    (entry,) = sent("incident", "journal", "LEERP-2026-0001", "--json").json[-1:]
    assert (entry["data"]["via"], entry["data"]["spoken_to"]) == ("telephone", "night desk")


def test_a_mail_counts_with_the_link_and_is_a_claim_without(sent: Commands, tmp_path: Path) -> None:
    """A claim ends with exit code 1 and a sentence on why."""
    claimed = sent("acknowledge", "--mail", mail(tmp_path, "Received."), *OFFICER)
    link = address("https://desk.example", SECRET, notice="N-1", reader="csirt-a")
    proved = sent("acknowledge", "--mail", mail(tmp_path, f"> {link}"), "--json", *OFFICER)
    assert (claimed.code, claimed.out) == (
        1,
        "N-1, csirt-a: not recorded: neither the reader's own link nor the reader's key proves who wrote it\n",
    )
    assert (proved.code, proved.json["counts"], proved.json["first"]) == (0, True, True)


@pytest.mark.parametrize("words", [(), ("N-1",), ("N-1", "csirt-a", "--mail", "reply.eml")])
def test_a_command_that_says_too_little_or_too_much_is_refused(words: tuple[str, ...], sent: Commands) -> None:
    """With exit code 2, before anything is read."""
    assert sent("acknowledge", *words, *OFFICER).code == 2


def test_a_mail_that_is_too_large_is_refused(sent: Commands, tmp_path: Path) -> None:
    """With exit code 2 and a sentence."""
    path = tmp_path / "huge.eml"
    path.write_bytes(b"From: x\n\n" + b"x" * 6_000_000)
    said = sent("acknowledge", "--mail", str(path), *OFFICER)
    assert said.code == 2
    assert said.err.startswith("leerp: ")
