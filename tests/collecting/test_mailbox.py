"""The mailbox: every mail is stored before it is marked, once, and what is refused stays for a person."""

import asyncio
import json
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from activities.collecting import Hands
from leerp.errors import RefusedError, ServiceMissingError
from leerp.grades import UNGRADED
from leerp.journal import JournalKind
from leerp.marking import Tlp
from tests.collecting.conftest import OpenMailbox
from tests.collecting.imap_server import MailServer
from tests.formats.examples import attribute, misp, sco, stix, tags

SENDER = "desk@csirt-lu.example"


def mail(text: str = "Screens show a ransom note.", **headers: str) -> EmailMessage:
    """A mail of CSIRT Luxembourg."""
    message = EmailMessage(policy=SMTP)
    usual = {"From": f"Desk <{SENDER}>", "Subject": "Hospitals encrypted", "Message-ID": "<1@csirt-lu.example>"}
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        message[name] = value
    message.set_content(text)
    return message


def as_json(value: object) -> bytes:
    """A value as a file holds it."""
    return json.dumps(value).encode()


def attach(message: EmailMessage, content: bytes, name: str, kind: str = "application/octet-stream") -> EmailMessage:
    """The mail with a file attached."""
    maintype, subtype = kind.split("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message


async def test_a_mail_is_taken_in_and_marked(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """Its text is a report of the stakeholder whose address it has; the mail stays, marked as taken."""
    imap.deliver(mail().as_bytes())
    async with open_mailbox() as centre:
        assert vars(await centre.read("reports")) == {"taken": 1, "known": 0, "refused": 0, "replies": 0}
        (stored,) = await centre.reports()
        assert (stored.report.source, stored.report.title) == ("csirt-lu", "Hospitals encrypted")
        (entry,) = await centre.entries(JournalKind.DETECTION_REPORT_RECEIVED)
        assert entry.data["says_from"] == SENDER
        assert entry.data["verified"] is False
        assert entry.data["collected_from"] == "reports"
        assert (await centre.source("reports")).last_heard == centre.time()
    assert imap.flags() == [{r"\Seen"}]


async def test_a_mail_is_taken_in_once(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """The next reading goes on behind it; a mail that comes later is found."""
    imap.deliver(mail().as_bytes())
    async with open_mailbox() as centre:
        await centre.read("reports")
        assert (await centre.read("reports")).taken == 0
        imap.deliver(mail("Another hospital.", Message_ID="<2@csirt-lu.example>").as_bytes())
        counts = await centre.read("reports")
        assert (counts.taken, counts.known) == (1, 0)


async def test_a_mail_that_was_taken_in_goes_where_the_operator_says(
    imap: MailServer, open_mailbox: OpenMailbox
) -> None:
    """It is moved once it is stored; what was refused stays where it is."""
    imap.make("Taken")
    imap.deliver(mail().as_bytes(), mail(From="nobody@elsewhere.example").as_bytes())
    async with open_mailbox(done="Taken") as centre:
        counts = await centre.read("reports")
        assert (counts.taken, counts.refused) == (1, 1)
    assert {r"\Seen"} in imap.flags("Taken")
    assert {r"\Flagged"} in imap.flags()


async def test_a_mail_of_nobody_known_is_refused(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """It opens no incident; the desk's journal says who wrote and why it was not taken in."""
    imap.deliver(mail(From="nobody@elsewhere.example").as_bytes())
    async with open_mailbox() as centre:
        assert (await centre.read("reports")).refused == 1
        assert await centre.reports() == []
        (entry,) = await centre.desk(JournalKind.DESK_INPUT_REFUSED)
        assert "nobody@elsewhere.example" in str(entry.data["why"])
    assert imap.flags() == [{r"\Flagged"}]


@pytest.mark.parametrize(
    "headers",
    [{"From": ""}, {"From": f"{SENDER}, other@elsewhere.example"}, {"Auto_Submitted": "auto-replied"}],
    ids=["nobody", "two", "a machine"],
)
async def test_a_mail_that_no_one_person_wrote_is_refused(
    imap: MailServer, open_mailbox: OpenMailbox, headers: dict[str, str]
) -> None:
    """No sender, two of them, or an automatic reply: nothing is taken in."""
    imap.deliver(mail(**headers).as_bytes())
    async with open_mailbox() as centre:
        assert vars(await centre.read("reports")) == {"taken": 0, "known": 0, "refused": 1, "replies": 0}


async def test_a_crash_between_storing_and_marking_loses_and_doubles_nothing(
    imap: MailServer, open_mailbox: OpenMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail is read again, and answered as known."""
    imap.deliver(mail().as_bytes())
    async with open_mailbox() as centre:
        await centre.read("reports")  # nobody has the cursor after this but the store
        async with centre.house.store.writing() as tx:
            await tx.exec_driver_sql("UPDATE collected SET cursor = NULL")

        async def die(_self: Hands, _found: Any) -> None:
            raise ServiceMissingError("killed")

        with monkeypatch.context() as patch:
            patch.setattr(Hands, "report", die)
            with pytest.raises(ServiceMissingError):
                await centre.read("reports")
        assert (await centre.source("reports")).cursor is None
        counts = await centre.read("reports")
        assert (counts.taken, counts.known) == (0, 1)
        assert len(await centre.reports()) == 1


async def test_each_attachment_is_a_report_of_its_own(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """MISP, STIX, CSV and text; what cannot be read is named in the notes, and the body is not a report beside them."""
    message = mail()
    attach(message, as_json(misp(attribute("domain", "one.example"))), "event.json")
    attach(message, as_json(stix(sco("domain-name", value="two.example"))), "bundle.json", "application/json")
    attach(message, b"type,value\ndomain,three.example\n", "table.csv", "text/csv")
    attach(message, b"Seen at four[.]example", "notes.txt", "text/plain")
    attach(message, b"%PDF-1.7", "letter.pdf", "application/pdf")
    imap.deliver(message.as_bytes())
    async with open_mailbox() as centre:
        assert (await centre.read("reports")).taken == 4
        stored = [one.report for one in await centre.reports()]
    assert {one.source for one in stored} == {"csirt-lu"}
    found = {observable.value for one in stored for observable in one.observables}
    assert {"one.example", "two.example", "three.example"} <= found
    assert all(any("application/pdf" in note for note in one.notes) for one in stored)


async def test_what_the_mail_says_of_its_marking_holds_for_what_is_attached(
    imap: MailServer, open_mailbox: OpenMailbox
) -> None:
    """A subject with TLP:RED tightens an attachment that says less."""
    message = attach(mail(Subject="TLP:RED for your eyes"), b"type,value,tlp\ndomain,one.example,green\n", "a.csv")
    imap.deliver(message.as_bytes())
    async with open_mailbox() as centre:
        await centre.read("reports")
        (stored,) = await centre.reports()
    assert stored.report.marking.tlp is Tlp.RED


async def test_nobody_certain_gives_no_grade(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """An unsigned mail is said to be unverified, and the grade that it claims does not stand."""
    event = misp(attribute("domain", "one.example"), Tag=tags("tlp:amber", 'admiralty-scale:source-reliability="a"'))
    imap.deliver(attach(mail(), as_json(event), "event.json").as_bytes())
    async with open_mailbox() as centre:
        await centre.read("reports")
        (stored,) = await centre.reports()
    assert stored.grade == UNGRADED
    assert stored.report.notes[0].startswith("unverified: it is not signed;")


async def test_one_reads_at_a_time(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """While one process reads a source, another one is refused; once its lease is over it may."""
    imap.deliver(mail().as_bytes())
    async with open_mailbox() as centre:
        await centre.read("reports")
        async with centre.house.store.writing() as tx:
            until = centre.time().replace(second=20).isoformat(timespec="microseconds")
            await tx.exec_driver_sql(f"UPDATE collected SET holder = 'other', held_until = '{until}'")  # noqa: S608
        with pytest.raises(RefusedError, match="being read by somebody else"):
            await centre.read("reports")
        centre.time.later(seconds=21)
        assert (await centre.read("reports")).taken == 0


async def test_the_server_tells_of_new_mail(imap: MailServer, open_mailbox: OpenMailbox) -> None:
    """Waiting ends when a mail comes (IDLE), long before the interval is over."""
    async with open_mailbox() as centre:
        await centre.read("reports")
        waiting = asyncio.create_task(centre.way("reports").wait(120))
        while not centre.way("reports")._session._client.has_pending_idle():  # noqa: ASYNC110 - a flag, not an event
            await asyncio.sleep(0.01)
        await asyncio.to_thread(imap.deliver, mail().as_bytes())
        await asyncio.wait_for(waiting, 20)
        assert (await centre.read("reports")).taken == 1


@pytest.mark.usefixtures("imap")
async def test_a_wrong_password_is_a_failed_reading(open_mailbox: OpenMailbox, tmp_path: Path) -> None:
    """The sentence says where to look, and holds no secret."""
    async with open_mailbox() as centre:
        (tmp_path / "imap-password").write_text("wrong")
        with pytest.raises(ServiceMissingError, match="does not let reports in; see password_file"):
            await centre.read("reports")
        source = await centre.source("reports")
        assert (source.failures, source.last_ok) == (1, None)
        assert "wrong" not in str(source.last_error)
