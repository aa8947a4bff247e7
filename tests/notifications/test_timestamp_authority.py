"""Timestamps (RFC 3161) from a real authority: asked for over TLS, verified at once, and what is never believed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from leerp.errors import BadInputError, ServiceMissingError
from leerp.journal import GENESIS, JournalEntry, JournalKind, seal
from leerp.timestamps import MAX_TOKEN_BYTES, authorities, canonical_authorities, stamped_bytes, verify_token
from notifications.evidence.authority import Authority, AuthoritySettings, TimestampError, load_authority
from tests.notifications.webhook_server import Received
from tests.timestamping import Running, running_authority, timestamp_authority


def entry(number: int = 1) -> JournalEntry:
    """An entry of a journal."""
    return seal(
        seq=number,
        incident="LEERP-2026-0001",
        at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        actor="duty-officer",
        kind=JournalKind.DETECTION_INCIDENT_OPENED,
        data={"mode": "actual"},
        prev=GENESIS,
    )


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """An authority that answers."""
    async with running_authority(tmp_path) as authority:
        yield authority


async def test_a_timestamp_is_for_the_hash_of_the_entry_and_needs_no_leerp(running: Running) -> None:
    """What is stamped is the entry's own hash: OpenSSL accepts the token for it, and for no other."""
    answer = await Authority(running.settings).stamp(entry())
    assert abs((datetime.now(UTC) - answer.stamped.at).total_seconds()) < 60
    assert (answer.stamped.tsa, answer.stamped.policy) == ("CN=Timestamps", "1.2.3.4.1")
    assert running.authority.accepts(answer.token, entry().hash)
    assert not running.authority.accepts(answer.token, entry(2).hash)
    (request,) = running.server.requests
    assert request.headers["Content-Type"] == "application/timestamp-query"
    assert entry().hash.encode() not in request.body
    assert b"duty-officer" not in request.body


async def test_a_token_is_verified_later_without_a_network(running: Running) -> None:
    """The token, the hash and the certificates are enough; another entry, other certificates and a cut are refused."""
    answer = await Authority(running.settings).stamp(entry())
    trusted = authorities(answer.authority)
    assert verify_token(answer.token, digest=entry().hash, trusted=trusted) == answer.stamped
    with pytest.raises(BadInputError, match="something else"):
        verify_token(answer.token, digest=entry(2).hash, trusted=trusted)
    stranger = authorities(timestamp_authority(running.authority.folder / "other").ca_file.read_bytes())
    with pytest.raises(BadInputError, match="not signed by a trusted"):
        verify_token(answer.token, digest=entry().hash, trusted=stranger)
    for length in (0, 1, 10, len(answer.token) // 2, len(answer.token) - 1):
        with pytest.raises(BadInputError, match="no complete answer"):
            verify_token(answer.token[:length], digest=entry().hash, trusted=trusted)


async def test_no_changed_token_says_another_time(running: Running) -> None:
    """Each byte changed in turn: the token is refused, or what it says (time, digest, signer) is what was signed."""
    answer = await Authority(running.settings).stamp(entry())
    trusted = authorities(answer.authority)
    accepted = 0
    for place in range(len(answer.token)):
        changed = bytearray(answer.token)
        changed[place] ^= 1
        try:
            said = verify_token(bytes(changed), digest=entry().hash, trusted=trusted)
        except BadInputError:
            continue
        accepted += 1
        assert said == answer.stamped
    assert accepted < 30  # what the signature does not cover, such as the encoding of parameters


async def test_an_authority_that_nobody_trusts_is_not_believed(running: Running, tmp_path: Path) -> None:
    """The certificates in the settings count, and not those that the answer brings along."""
    other = timestamp_authority(tmp_path / "other").ca_file
    settings = running.settings.model_copy(update={"ca_file": other})
    with pytest.raises(TimestampError, match="not signed by a trusted") as refused:
        await Authority(settings).stamp(entry())
    assert refused.value.exit_code == 1


async def test_a_certificate_that_had_expired_is_not_believed(running: Running, tmp_path: Path) -> None:
    """It counts whether the certificate was valid when it signed."""
    expired = timestamp_authority(tmp_path / "expired", ended=True)

    def answer(received: Received) -> web.StreamResponse:
        return web.Response(body=expired.reply(received.body))

    running.server.answer = answer
    with pytest.raises(TimestampError, match="not signed by a trusted"):
        await Authority(running.settings.model_copy(update={"ca_file": expired.ca_file})).stamp(entry())


async def test_an_answer_to_another_request_is_refused(running: Running) -> None:
    """An earlier token for the same entry has another nonce, and one for another entry another digest."""
    for replayed, why in ((entry(), "another request"), (entry(2), "something else")):
        query = TimestampRequestBuilder(data=stamped_bytes(replayed), hash_algorithm=HashAlgorithm.SHA256).build()
        running.server.says(200, running.authority.reply(query.as_bytes()))
        with pytest.raises(TimestampError, match=why):
            await Authority(running.settings).stamp(entry())


async def test_a_weaker_digest_of_the_same_bytes_is_no_answer(running: Running) -> None:
    """A token over another algorithm's digest is not for the hash in the journal."""
    query = TimestampRequestBuilder(data=stamped_bytes(entry()), hash_algorithm=HashAlgorithm.SHA512).build()
    running.server.says(200, running.authority.reply(query.as_bytes()))
    with pytest.raises(TimestampError, match="something else"):
        await Authority(running.settings).stamp(entry())


async def test_a_refusal_of_the_authority_is_said(running: Running) -> None:
    """A status other than granted is no timestamp."""
    running.server.says(200, running.authority.reply(b"no request at all"))
    with pytest.raises(TimestampError, match=r"was not granted|cannot be read"):
        await Authority(running.settings).stamp(entry())


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, b"", "no complete answer"),
        (200, b"<html>sign in</html>", "no complete answer"),
        (200, b"0" * (MAX_TOKEN_BYTES + 1), "longer than 64 KiB"),
        (302, b"", "HTTP status 302"),
        (500, b"", "HTTP status 500"),
    ],
)
async def test_what_is_no_timestamp_is_refused(running: Running, status: int, body: bytes, why: str) -> None:
    """Nothing, a page, too much, a redirection and an error: each is said, and nothing is kept."""
    running.server.says(status, body, location="https://elsewhere.example/")
    with pytest.raises(TimestampError, match=why):
        await Authority(running.settings).stamp(entry())


async def test_an_authority_that_is_away_or_silent_is_a_missing_service(running: Running) -> None:
    """No answer in time, a connection that breaks off, and nobody there: exit code 3, to be tried again."""
    quick = running.settings.model_copy(update={"timeout_seconds": 0.2})
    running.server.stall = True
    with pytest.raises(ServiceMissingError, match="does not answer in time"):
        await Authority(quick).stamp(entry())
    running.server.break_off = True
    with pytest.raises(ServiceMissingError):
        await Authority(running.settings).stamp(entry())
    running.server.drip = True
    with pytest.raises(ServiceMissingError):
        await Authority(quick).stamp(entry())


async def test_the_connection_is_verified_too(running: Running) -> None:
    """A server whose certificate is not trusted is not asked."""
    with pytest.raises(ServiceMissingError, match="TLS with"):
        await Authority(running.settings.model_copy(update={"tls_ca_file": None})).stamp(entry())
    assert running.server.requests == []


@pytest.mark.parametrize(
    "url",
    ["http://tsa.example/", "https://169.254.169.254/", "https://10.0.0.1/", "https://localhost/", "file:///etc/hosts"],
)
async def test_an_address_that_leads_astray_is_not_called(tmp_path: Path, url: str) -> None:
    """Only public addresses over https unless an operator opens more, whoever named the address."""
    authority = timestamp_authority(tmp_path)
    with pytest.raises(BadInputError, match="address of the timestamp authority"):
        await Authority(AuthoritySettings(url=url, ca_file=authority.ca_file)).stamp(entry())


def test_settings_are_read_strictly_from_their_folder(tmp_path: Path) -> None:
    """Relative files are taken from the folder of timestamps.yaml; a misspelt key is refused; no file, no authority."""
    path = tmp_path / "timestamps.yaml"
    assert load_authority(path) is None
    path.write_text("url: https://tsa.example/\nca_file: tsa.pem\n", encoding="utf-8")
    read = load_authority(path)
    assert read is not None
    assert read.ca_file == tmp_path / "tsa.pem"
    path.write_text("url: https://tsa.example/\nca_fle: tsa.pem\n", encoding="utf-8")
    with pytest.raises(BadInputError, match="line 2"):
        load_authority(path)


def test_only_certificates_are_kept_of_a_certificate_file(tmp_path: Path) -> None:
    """A key that somebody left in the file goes nowhere; a file without a certificate is refused."""
    authority = timestamp_authority(tmp_path)
    mixed = (tmp_path / "signer.key").read_bytes() + b"# a comment\n" + authority.ca_file.read_bytes()
    assert canonical_authorities(mixed) == authority.ca_file.read_bytes()
    with pytest.raises(BadInputError, match="holds no certificate"):
        authorities((tmp_path / "signer.key").read_bytes())
