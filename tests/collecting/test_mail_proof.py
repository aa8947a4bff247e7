"""Whose a mail is: only a pinned key proves it, whatever its header says; and what answers a notice is no report."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from activities.collecting import Counts, Hands
from activities.collecting.mail_taking import Post as Mailbox
from activities.collecting.openpgp import SecretKey, verify
from desk.assembly import House, open_house
from leerp.formats.letters import read_letter
from leerp.grades import UNGRADED
from leerp.journal import JournalKind
from leerp.keys import Key
from leerp.notices import DeliveryState
from leerp.settings import Settings
from notifications.acknowledging import token
from notifications.identity import message_id
from records import journal
from tests.collecting.cast import Centre, Time, open_centre
from tests.correspondents import Post, lay_out, reader
from tests.formats.examples import attribute, misp, tags
from tests.notifications.mail_keys import Gpg, gpg, needs_gpg
from tests.records.cast import SECRET

pytestmark = needs_gpg

SENDER, OTHER, CENTRE = "desk@csirt-lu.example", "desk@csirt-fr.example", "reports@centre.example"


@pytest.fixture(scope="module")
def keys() -> Iterator[Gpg]:
    """A key of the sender, one of another stakeholder and one of the centre."""
    with gpg() as made:
        for address in (SENDER, OTHER, CENTRE):
            made.new(address, "future-default", "default", "never")
        yield made


def fingerprint(keys: Gpg, address: str) -> str:
    """The fingerprint of somebody's key."""
    return str(keys._gpg.list_keys(keys=[address])[0]["fingerprint"])


def pinned(keys: Gpg, address: str, **changes: object) -> Key:
    """Somebody's key as the directory has it."""
    return keys.key(fingerprint(keys, address), **changes)


def entity(text: str = "Screens show a ransom note.", *, event: dict[str, Any] | None = None) -> bytes:
    """What is signed: a text, and a MISP event attached to it."""
    message = EmailMessage(policy=SMTP)
    message.set_content(text)
    if event is not None:
        raw = json.dumps(event).encode()
        message.add_attachment(raw, maintype="application", subtype="json", filename="event.json")
    del message["MIME-Version"]
    return message.as_bytes().rstrip(b"\r\n") + b"\r\n"


HEAD = f"From: Desk <{SENDER}>\r\nSubject: Hospitals encrypted\r\nMessage-ID: <1@csirt-lu.example>\r\n".encode()


def signed(keys: Gpg, body: bytes, *, by: str = SENDER, head: bytes = HEAD, after: bytes = b"") -> bytes:
    """A mail signed whole (RFC 3156). `after`: changed behind the signer's back."""
    signature = keys.run("--armor", "--detach-sign", "--local-user", by, text=body)
    kind = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol="application/pgp-signature"; boundary="=b"\r\n'
    )
    end = b"\r\n--=b\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature + b"\r\n--=b--\r\n"
    return head + kind + b"\r\n--=b\r\n" + body + after + end


def encrypted(keys: Gpg, body: bytes, *, by: str | None = SENDER) -> bytes:
    """A mail encrypted to the centre, compressed as GnuPG does by default; signed within, unless by nobody."""
    sign = ("--sign", "--local-user", by) if by else ()
    words = ("--armor", "--trust-model", "always", "--encrypt", "--recipient", CENTRE, *sign)
    sealed = keys.run(*words, text=body)
    kind = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="=e"'
    )
    control = b"\r\n\r\n--=e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    data = b"\r\n--=e\r\nContent-Type: application/octet-stream\r\n\r\n" + sealed + b"\r\n--=e--\r\n"
    return HEAD + kind + control + data


def directory(keys: Gpg) -> dict[str, Any]:
    """A directory with the sender's and the other's keys."""
    who = (("csirt-lu", SENDER), ("csirt-fr", OTHER))
    known = [
        {
            "id": name,
            "name": name,
            "group": "csirt_network",
            "country": "LU",
            "clearance": "BPL",
            "contacts": [{"channel": "email", "address": address, "key": _dumped(pinned(keys, address))}],
        }
        for name, address in who
    ]
    contacts = [{"channel": "email", "address": "desk@centre.example"}]
    centre = {"id": "centre", "name": "The centre", "group": "ec3", "clearance": "SECRET", "contacts": contacts}
    officers = [{"id": "duty-officer", "name": "Duty officer", "roles": ["officer"]}]
    return {"version": "1", "centre": centre, "stakeholders": known, "officers": officers}


def _dumped(key: Key) -> dict[str, Any]:
    return json.loads(key.model_dump_json())  # type: ignore[no-any-return]


@pytest.fixture
async def centre(tmp_path: Path, keys: Gpg) -> AsyncIterator[Centre]:
    """A centre that has both keys pinned. Its time is today's: gpg knows no other."""
    async with open_centre(tmp_path / "home", {}, directory=directory(keys)) as opened:
        yield opened


async def take(centre: Centre, content: bytes, *, secret: SecretKey | None = None) -> Counts:
    """Take a mail in."""
    hands = Hands(centre.house.rooms, centre.house.intake, by="collector")
    return await Mailbox(source="reports", secret=secret).take_in(content, hands, name="reports/1")


async def only(centre: Centre) -> tuple[str, Any, Any]:
    """The first note of the one report, its grade, and what the journal says was verified."""
    (stored,) = await centre.reports()
    (entry,) = await centre.entries(JournalKind.DETECTION_REPORT_RECEIVED)
    return stored.report.notes[0], stored.grade, entry.data["verified"]


GRADED = misp(attribute("domain", "one.example"), Tag=tags("tlp:amber", 'admiralty-scale:source-reliability="a"'))


async def test_a_mail_signed_with_the_pinned_key_is_verified(centre: Centre, keys: Gpg) -> None:
    """The fingerprint stands in the journal, the note says so, and the grade that it gives stands."""
    assert (await take(centre, signed(keys, entity(event=GRADED)))).taken == 1
    note, grade, verified = await only(centre)
    assert note.startswith("verified: signed with the pinned OpenPGP key of csirt-lu, made at ")
    assert grade != UNGRADED
    assert verified == fingerprint(keys, SENDER).lower()


@pytest.mark.parametrize("how", ["nothing", "another", "changed", "inline"])
async def test_whatever_else_stands_there_proves_nothing(centre: Centre, keys: Gpg, how: str) -> None:
    """Unsigned, signed by somebody else, changed by a byte, or signed within the text: unverified, and no grade."""
    body = entity(event=GRADED)
    content = {
        "nothing": HEAD + b"MIME-Version: 1.0\r\n" + body,
        "another": signed(keys, body, by=OTHER),
        "changed": signed(keys, body, after=b"\r\n"),
        "inline": HEAD + b"\r\n" + keys.run("--clear-sign", "--local-user", SENDER, text=b"Ransom note."),
    }[how]
    assert (await take(centre, content)).taken == 1
    note, grade, verified = await only(centre)
    assert note.startswith("unverified: ")
    assert (grade, verified) == (UNGRADED, False)


def test_a_key_that_has_ended_proves_nothing(keys: Gpg) -> None:
    """The directory says until when a key may be used."""
    found = read_letter(signed(keys, entity()), name="mail").signed
    assert found is not None
    assert verify(found, [pinned(keys, SENDER)], at=Time().now) is not None
    ended = pinned(keys, SENDER, expires_at=Time().now - timedelta(days=1))
    assert verify(found, [ended], at=Time().now) is None


async def test_an_encrypted_mail_is_opened_and_its_signature_verified(centre: Centre, keys: Gpg) -> None:
    """Compressed within, as GnuPG makes it; what was in it is read as any mail."""
    secret = SecretKey(keys.run("--armor", "--export-secret-keys", CENTRE), None)
    assert (await take(centre, encrypted(keys, entity(event=GRADED)), secret=secret)).taken == 1
    note, _, verified = await only(centre)
    (stored,) = await centre.reports()
    assert [one.value for one in stored.report.observables] == ["one.example"]
    assert note.startswith("verified: ")
    assert verified == fingerprint(keys, SENDER).lower()


async def test_an_encrypted_mail_of_nobody_certain_is_unverified(centre: Centre, keys: Gpg) -> None:
    """Anybody can encrypt to the centre."""
    secret = SecretKey(keys.run("--armor", "--export-secret-keys", CENTRE), None)
    await take(centre, encrypted(keys, entity(), by=None), secret=secret)
    assert (await only(centre))[0].startswith("unverified: it is not signed, though a key of its sender is pinned")


async def test_an_encrypted_mail_without_the_key_is_refused(centre: Centre, keys: Gpg) -> None:
    """With no key settled, and with one that does not open it."""
    wrong = SecretKey(keys.run("--armor", "--export-secret-keys", OTHER), None)
    for secret in (None, wrong):
        assert (await take(centre, encrypted(keys, entity()), secret=secret)).refused == 1
    whys = [str(entry.data["why"]) for entry in await centre.desk(JournalKind.DESK_INPUT_REFUSED)]
    assert "sources.yaml names no decryption_key_file" in whys[0]
    assert "the key of the centre does not open it" in whys[1]


class TestReplies:
    """Mails that answer a notice."""

    @pytest.fixture
    async def post(self, tmp_path: Path) -> AsyncIterator[Post]:
        """A centre with one notice sent to one reader."""
        outbox = {"email": {"type": "outbox", "maximum": "BPL"}}
        lay_out(tmp_path, reader("plain", ("email", "plain@x.example")), channels=outbox)
        async with open_house(Settings(home=tmp_path, public_url="https://desk.example"), migrate=True) as house:
            post = await Post.open(house)
            await post.send("N-1", "plain")
            yield post

    async def take(self, house: House, text: str, **headers: str) -> Counts:
        """A reply of that reader."""
        message = EmailMessage(policy=SMTP)
        message["From"] = "plain@x.example"
        message["In-Reply-To"] = message_id("N-1", "plain", "email")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        hands = Hands(house.rooms, house.intake, by="collector")
        return await Mailbox(source="reports", secret=None).take_in(message.as_bytes(), hands, name="reports/1")

    async def test_a_reply_with_the_link_acknowledges(self, post: Post) -> None:
        """It quotes the reader's own link: the notice is confirmed, and no incident is opened for it."""
        link = token(SECRET, notice="N-1", reader="plain")
        assert vars(await self.take(post.house, f"Got it.\n> {link}")) == vars(Counts(replies=1))
        assert (await post.states("N-1"))["plain"] is DeliveryState.ACKNOWLEDGED

    async def test_a_reply_without_proof_is_a_claim(self, post: Post) -> None:
        """It is kept as a claim for an officer to follow, and is no report either."""
        assert vars(await self.take(post.house, "Got it.")) == vars(Counts(replies=1))
        assert (await post.states("N-1"))["plain"] is not DeliveryState.ACKNOWLEDGED
        assert len(await post.entries(JournalKind.DELIVERY_ACKNOWLEDGEMENT_CLAIMED)) == 1

    async def test_an_automatic_reply_is_no_report(self, post: Post) -> None:
        """A machine answers: nothing is confirmed, and nothing reported."""
        counts = await self.take(post.house, "I am away.", Auto_Submitted="auto-replied")
        assert vars(counts) == vars(Counts(replies=1))
        async with post.house.store.reading() as connection:
            received = await journal.of_kinds(connection, [JournalKind.DETECTION_REPORT_RECEIVED])
        assert received == []

    async def test_a_broken_answer_to_an_invitation_is_refused(self, post: Post) -> None:
        """A calendar object that is no answer is for a person to look at."""
        message = EmailMessage(policy=SMTP)
        message["From"] = "plain@x.example"
        message.set_content("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar")
        hands = Hands(post.house.rooms, post.house.intake, by="collector")
        counts = await Mailbox(source="reports", secret=None).take_in(message.as_bytes(), hands, name="reports/1")
        assert vars(counts) == vars(Counts(refused=1))
