"""The mail channel against a real server with TLS and sign-in."""

import asyncio
import ssl
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from leerp.errors import DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason, Mode, NoticeKind
from notifications.channels import Envelope
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.smtp.transport import SmtpChannel, SmtpSession
from tests.notifications import cast
from tests.notifications.mail_server import PASSWORD, MailServer, mail_server, smtp_settings
from tests.secret_files import secret_file


@pytest.fixture
def settings(server: MailServer, tls: tuple[Path, ssl.SSLContext], tmp_path: Path) -> SmtpSettings:
    """Settings that fit the server."""
    return smtp_settings(server, tls[0], tmp_path)


def envelope(reader: str = "csirt-fr", **changes: object) -> Envelope:
    """A message to a CSIRT."""
    known = cast.CSIRT.model_copy(update={"id": reader})
    return cast.envelope(cast.variant(cast.notice(NoticeKind.UPDATE), known), **changes)


async def refused(session: SmtpSession, message: Envelope) -> tuple[bool, str]:
    """Whether the refusal is for good, and its reason."""
    with pytest.raises(DeliveryError) as caught:
        await session.send(message)
    return caught.value.permanent, caught.value.reason


async def test_many_messages_go_over_one_connection(server: MailServer, settings: SmtpSettings) -> None:
    """Encrypted, signed in, one after another, each as it was built."""
    readers = [f"csirt-{number}" for number in range(5)]
    channel = SmtpChannel("email", settings)
    async with channel.session() as session:
        for reader in readers:
            await session.send(envelope(reader))
    assert (server.connections, server.users) == (1, ["leerp"])
    assert server.encrypted == [True] * 5
    assert server.recipients == [f"desk@{reader}.example" for reader in readers]
    received = message_from_bytes(server.messages[0], policy=default)
    assert received["Message-ID"] == envelope("csirt-0").message_id
    assert received["X-LEERP-Mode"] == "actual"
    assert (channel.name, channel.maximum, channel.connections) == ("email", Level.RESTREINT, 8)
    assert not channel.can_tell_a_repeat


async def test_no_connection_is_opened_for_nothing(server: MailServer, settings: SmtpSettings) -> None:
    """A session without a message never calls the server."""
    async with SmtpChannel("email", settings).session():
        pass
    assert server.connections == 0


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("RCPT", "550 5.1.1 unknown", (True, DeliveryReason.ADDRESS_UNKNOWN)),
        ("RCPT", "551 moved", (True, DeliveryReason.ADDRESS_UNKNOWN)),
        ("RCPT", "554 5.7.1 not wanted", (True, DeliveryReason.REFUSED_BY_SERVER)),
        ("RCPT", "451 4.3.0 later", (False, DeliveryReason.REFUSED_BY_SERVER)),
        ("RCPT", "450 4.2.0 greylisted", (False, DeliveryReason.RATE_LIMITED)),
        ("RCPT", "452 4.5.3 too many", (False, DeliveryReason.RATE_LIMITED)),
        ("RCPT", "421 closing", (False, DeliveryReason.UNREACHABLE)),
        ("DATA", "554 5.6.0 not like this", (True, DeliveryReason.REFUSED_BY_SERVER)),
        ("DATA", "550 5.7.1 spam", (True, DeliveryReason.REFUSED_BY_SERVER)),
        ("DATA", "451 4.3.0 later", (False, DeliveryReason.REFUSED_BY_SERVER)),
        ("MAIL", "550 who are you", (False, DeliveryReason.NOT_CONFIGURED)),
        ("MAIL", "452 full", (False, DeliveryReason.RATE_LIMITED)),
    ],
)
async def test_a_refusal_concerns_one_message(
    server: MailServer, settings: SmtpSettings, command: str, reply: str, expected: tuple[bool, str]
) -> None:
    """The reply code decides; the session then sends the next message, and the refused one again if it may."""
    server.replies[command] = reply
    async with SmtpChannel("email", settings).session() as session:
        assert await refused(session, envelope("csirt-fr")) == expected
        await session.send(envelope("csirt-de"))
    assert server.recipients == ["desk@csirt-de.example"]


@pytest.mark.parametrize(("moment", "arrived"), [("text", 1), ("answer", 2)])
async def test_a_connection_that_breaks_off_is_opened_anew(
    server: MailServer, settings: SmtpSettings, moment: str, arrived: int
) -> None:
    """Transient; the next attempt over the same session sends the same bytes with the same Message-ID."""
    server.break_off = moment
    async with SmtpChannel("email", settings).session() as session:
        assert await refused(session, envelope()) == (False, DeliveryReason.UNREACHABLE)
        await session.send(envelope())
    assert server.connections == 2
    assert len(server.messages) == arrived
    assert len(set(server.messages)) == 1


async def test_a_cut_off_message_does_not_disturb_the_next(server: MailServer, settings: SmtpSettings) -> None:
    """When sending is cancelled, its late answer is nobody else's: the next message has a connection of its own."""
    server.stall = True
    async with SmtpChannel("email", settings).session() as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await session.send(envelope("csirt-fr"))
        await session.send(envelope("csirt-de"))
    assert server.recipients == ["desk@csirt-de.example"]


async def test_a_server_that_does_not_answer_is_unreachable(server: MailServer, settings: SmtpSettings) -> None:
    """After the time-out the fault is transient."""
    server.stall = True
    impatient = settings.model_copy(update={"timeout_seconds": 0.3})
    async with SmtpChannel("email", impatient).session() as session:
        assert await refused(session, envelope()) == (False, DeliveryReason.UNREACHABLE)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ca_file": None}, DeliveryReason.NOT_CONFIGURED),
        ({"ca_file": Path("/nowhere/ca.pem")}, DeliveryReason.NOT_CONFIGURED),
        ({"password_file": Path("/nowhere/password")}, DeliveryReason.NOT_CONFIGURED),
        ({"host": "127.0.0.2"}, DeliveryReason.UNREACHABLE),
        ({"port": 1}, DeliveryReason.UNREACHABLE),
    ],
)
async def test_what_an_operator_must_mend_is_transient(
    server: MailServer, settings: SmtpSettings, changes: dict[str, object], reason: str
) -> None:
    """An untrusted certificate, a missing file, a server that is not there: nothing is lost for good."""
    wrong = settings.model_copy(update=changes)
    async with SmtpChannel("email", wrong).session() as session:
        assert await refused(session, envelope()) == (False, reason)
    assert server.messages == []


async def test_a_wrong_password_is_transient(server: MailServer, settings: SmtpSettings, tmp_path: Path) -> None:
    """It is read anew for each connection, so that correcting it is enough; the fault never holds it."""
    secret_file(tmp_path / "password", "wrong-word")
    async with SmtpChannel("email", settings).session() as session:
        with pytest.raises(DeliveryError) as caught:
            await session.send(envelope())
        assert (caught.value.permanent, caught.value.reason) == (False, DeliveryReason.NOT_CONFIGURED)
        assert "wrong-word" not in caught.value.sentence
        secret_file(tmp_path / "password", PASSWORD)
        await session.send(envelope())
    assert len(server.messages) == 1


async def test_nothing_is_sent_in_the_clear(settings: SmtpSettings) -> None:
    """A server that offers no TLS gets neither password nor message."""
    async with mail_server(None) as plain:
        to_plain = settings.model_copy(update={"port": plain.port})
        async with SmtpChannel("email", to_plain).session() as session:
            assert await refused(session, envelope()) == (False, DeliveryReason.NOT_CONFIGURED)
        assert plain.messages == []


async def test_a_relay_without_tls_can_be_chosen() -> None:
    """`starttls: false`, without a password, for a relay on the same machine."""
    async with mail_server(None) as plain:
        settings = SmtpSettings(
            type="smtp",
            maximum=Level.RESTREINT,
            host="127.0.0.1",
            port=plain.port,
            starttls=False,
            from_address="ecc@ec3.example",
        )
        async with SmtpChannel("email", settings).session() as session:
            await session.send(envelope())
        assert plain.encrypted == [False]


async def test_an_unfit_address_never_reaches_the_server(server: MailServer, settings: SmtpSettings) -> None:
    """It is refused for good, with the reader's id and without a connection."""
    async with SmtpChannel("email", settings).session() as session:
        unfit = envelope(address='"duty desk"@partner.example')
        assert await refused(session, unfit) == (True, DeliveryReason.ADDRESS_UNKNOWN)
    assert server.connections == 0


async def test_an_exercise_message_never_leaves_by_mail(server: MailServer, settings: SmtpSettings) -> None:
    """Even a mail channel that was built sends nothing for an exercise."""
    made = cast.variant(cast.notice(NoticeKind.UPDATE, mode=Mode.EXERCISE), cast.CSIRT)
    async with SmtpChannel("email", settings).session() as session:
        expected = (True, DeliveryReason.NOT_CONFIGURED)
        assert await refused(session, cast.envelope(made, mode=Mode.EXERCISE)) == expected
    assert server.connections == 0
