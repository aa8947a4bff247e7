"""Asking a timestamp authority (RFC 3161 over HTTPS, its §3.4): one request, one bounded answer, verified at once."""

import asyncio
import io
from pathlib import Path
from typing import NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver
from pydantic import Field
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from yarl import URL

from leerp.errors import BadInputError, LeerpError, ServiceMissingError
from leerp.formats.strict import yaml_model
from leerp.journal import JournalEntry
from leerp.model import Line, Model
from leerp.timestamps import MAX_TOKEN_BYTES, Stamped, authorities, canonical_authorities, stamped_bytes, verify_token
from notifications.destinations import Destination, Exemption, Rules, UnfitDestinationError
from notifications.outgoing import GuardedConnector, trusted

_HEADERS = {
    "content-type": "application/timestamp-query",
    "accept": "application/timestamp-reply",
    "accept-encoding": "identity",
    "user-agent": "leerp",
}
_OK = 200


class TimestampError(LeerpError):
    """An authority answered, and its answer is none that can be kept. Exit code 1."""

    code = "timestamp"


class AuthoritySettings(Model):
    """`timestamps.yaml`: whom to ask for timestamps, and whom to believe.

    `ca_file` (PEM): the certificates of the authority under which its timestamps must be signed. `tls_ca_file` (PEM):
    the only authority to believe for the connection, for a server that is not publicly trusted.
    `allow_private_networks`, `exemptions`: see `notifications.destinations`.
    """

    url: Line
    ca_file: Path
    tls_ca_file: Path | None = None
    timeout_seconds: float = Field(default=20.0, gt=0, le=600)
    allow_private_networks: bool = False
    exemptions: tuple[Exemption, ...] = Field(default=(), max_length=64)

    @property
    def rules(self) -> Rules:
        """Where the requests may go."""
        return Rules(allow_private_networks=self.allow_private_networks, exemptions=self.exemptions)

    def below(self, folder: Path) -> "AuthoritySettings":
        """The same with relative files taken from that folder."""
        tls = folder / self.tls_ca_file if self.tls_ca_file else None
        return self.model_copy(update={"ca_file": folder / self.ca_file, "tls_ca_file": tls})


class Answer(NamedTuple):
    """A token as it came, what it says, and the certificates (PEM) it was verified with."""

    token: bytes
    stamped: Stamped
    authority: bytes


def load_authority(path: Path) -> AuthoritySettings | None:
    """The settings in a file, with relative files taken from its folder; None where there is no such file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read ({error.strerror})") from error
    return yaml_model(AuthoritySettings, content, name=str(path)).below(path.parent)


class Authority:
    """A timestamp authority. `names`: who is asked for the addresses of its name; the system unless said otherwise."""

    def __init__(self, settings: AuthoritySettings, *, names: AbstractResolver | None = None) -> None:
        self._settings = settings
        self._names = names

    async def stamp(self, entry: JournalEntry) -> Answer:
        """A verified timestamp for an entry.

        Raises BadInputError for settings that cannot be used, ServiceMissingError where there is no answer, and
        TimestampError where the answer is not a timestamp for this entry under a certificate that is believed.
        """
        authority = await asyncio.to_thread(self._authority)
        destination = self._destination()
        builder = TimestampRequestBuilder(data=stamped_bytes(entry), hash_algorithm=HashAlgorithm.SHA256)
        request = builder.build()
        token = await self._exchange(request.as_bytes(), destination)
        try:
            stamped = verify_token(token, digest=entry.hash, trusted=authorities(authority), nonce=request.nonce)
        except BadInputError as error:
            raise TimestampError(f"the answer of {destination.place} {error.sentence}; nothing was kept") from error
        return Answer(token, stamped, authority)

    def _authority(self) -> bytes:
        path = self._settings.ca_file
        try:
            return canonical_authorities(path.read_bytes())
        except OSError as error:
            raise BadInputError(f"{path}: cannot be read ({error.strerror}); put the certificates there") from error
        except BadInputError as error:
            raise BadInputError(f"{path}: {error.sentence}") from error

    def _destination(self) -> Destination:
        try:
            return self._settings.rules.destination(self._settings.url)
        except UnfitDestinationError as error:
            raise BadInputError(f"the address of the timestamp authority {error.sentence}; correct it") from error

    async def _exchange(self, request: bytes, destination: Destination) -> bytes:
        connector = GuardedConnector(self._settings.rules, trust=trusted(self._settings.tls_ca_file), names=self._names)
        try:
            async with (
                asyncio.timeout(self._settings.timeout_seconds),
                aiohttp.ClientSession(
                    connector=connector,
                    trust_env=False,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    timeout=aiohttp.ClientTimeout(),  # the one above is for everything
                ) as client,
                client.post(
                    URL(destination.url, encoded=True),
                    data=io.BytesIO(request),
                    headers=_HEADERS,
                    allow_redirects=False,
                ) as response,
            ):
                return await _content(response, destination)
        except UnfitDestinationError as error:
            raise BadInputError(f"the address of the timestamp authority {error.sentence}; correct it") from error
        except aiohttp.ClientSSLError as error:
            raise ServiceMissingError(
                f"TLS with {destination.place} failed, or its certificate is not trusted; look at tls_ca_file"
            ) from error
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            raise ServiceMissingError(
                f"the timestamp authority {destination.place} cannot be reached, or does not answer in time; try again"
            ) from error


async def _content(response: aiohttp.ClientResponse, destination: Destination) -> bytes:
    if response.status != _OK:
        raise TimestampError(f"{destination.place} gives no timestamp (HTTP status {response.status})")
    content = b""
    while len(content) <= MAX_TOKEN_BYTES and (chunk := await response.content.readany()):
        content += chunk
    return content
