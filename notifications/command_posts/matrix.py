"""Rooms on a Matrix server, end-to-end encrypted: the server carries what is said in them and cannot read it.

leerp's account is one device, whose keys and token stay in a folder of the state. A room is found by its alias, and a
message has a transaction id that the server knows again, so that every act can be repeated.
"""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from leerp.command_posts import Place
from leerp.errors import BadInputError, DeliveryError
from leerp.marking import Level
from leerp.notices import DeliveryReason
from notifications.command_posts.settings import MatrixRooms

try:
    import nio
except ModuleNotFoundError as missing:
    raise BadInputError(
        "rooms on Matrix need the extra `matrix`, which is not installed; `python3 run.py extras` installs it"
    ) from missing

ENCRYPTION = "m.megolm.v1.aes-sha2"
"""The one algorithm for rooms (https://spec.matrix.org/v1.11/client-server-api/#mmegolmv1aes-sha2)."""

_ADMIN = 100
_THERE = ("invite", "join")


class MatrixService:
    """Rooms that leerp's account opens. `folder`: where the keys and the token of its device are."""

    place = Place.MATRIX

    def __init__(self, name: str, settings: MatrixRooms, *, folder: Path) -> None:
        self._place = f"rooms {name} (Matrix)"
        self._settings = settings
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()  # a device's keys are one file

    @property
    def maximum(self) -> Level:
        """The highest level it is accredited for."""
        return self._settings.maximum

    async def open(self, key: str, *, topic: str, greeting: str) -> str:
        """The id of the room with this key as its alias; encrypted from the first message on."""
        async with self._client() as client:
            address = await self._find(client, key) or await self._create(client, key, topic)
            await client.sync(timeout=0, full_state=True)
            content = {"msgtype": "m.notice", "body": greeting}
            sent = await client.room_send(
                address, "m.room.message", content, tx_id=f"greeting-{key}", ignore_unverified_devices=True
            )
            self._need(sent, nio.RoomSendResponse)
        return address

    async def _find(self, client: nio.AsyncClient, key: str) -> str | None:
        found = await client.room_resolve_alias(f"#{key}:{self._settings.user.partition(':')[2]}")
        if isinstance(found, nio.RoomResolveAliasResponse):
            return str(found.room_id)
        return None if _code(found) == "M_NOT_FOUND" else self._need(found, nio.RoomResolveAliasResponse).room_id

    async def _create(self, client: nio.AsyncClient, key: str, topic: str) -> str:
        made = await client.room_create(
            alias=key,
            topic=topic,
            federate=self._settings.federate,
            preset=nio.RoomPreset.private_chat,
            initial_state=[{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": ENCRYPTION}}],
        )
        if _code(made) == "M_ROOM_IN_USE" and (found := await self._find(client, key)):
            return found
        return str(self._need(made, nio.RoomCreateResponse).room_id)

    async def invite(self, address: str, users: Sequence[str]) -> None:
        """Invite those who are neither in the room nor invited."""
        async with self._client() as client:
            for user in users:
                state = await client.room_get_state_event(address, "m.room.member", user)
                if isinstance(state, nio.RoomGetStateEventResponse) and state.content.get("membership") in _THERE:
                    continue
                self._need(await client.room_invite(address, user), nio.RoomInviteResponse)

    async def archive(self, address: str) -> None:
        """Only leerp's account may say or change anything from now on; who is in the room can still read it."""
        async with self._client() as client:
            state = await client.room_get_state_event(address, "m.room.power_levels")
            levels = self._need(state, nio.RoomGetStateEventResponse).content
            closed = {**levels, "events_default": _ADMIN, "invite": _ADMIN}
            if closed != levels:
                done = await client.room_put_state(address, "m.room.power_levels", closed)
                self._need(done, nio.RoomPutStateResponse)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[nio.AsyncClient]:
        """A client that is signed in; what it learned of keys is stored when the block ends."""
        async with self._one_at_a_time:
            client = await asyncio.to_thread(self._prepared)
            try:
                await self._sign_in(client)
                yield client
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise self._fault("cannot be reached", DeliveryReason.UNREACHABLE) from error
            except (nio.LocalProtocolError, nio.RemoteProtocolError) as error:
                raise self._fault("gave an answer that makes no sense", DeliveryReason.UNREACHABLE) from error
            finally:
                await client.close()

    def _prepared(self) -> nio.AsyncClient:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ca_file = self._settings.ca_file
        trusted = ssl.create_default_context(cafile=str(ca_file)) if ca_file else None
        config = nio.AsyncClientConfig(
            encryption_enabled=True,
            store_sync_tokens=True,
            request_timeout=self._settings.timeout_seconds,
            max_timeouts=1,
            max_limit_exceeded=3,
        )
        user, server = self._settings.user, self._settings.homeserver
        return nio.AsyncClient(server, user, store_path=str(self._folder), config=config, ssl=trusted)

    async def _sign_in(self, client: nio.AsyncClient) -> None:
        device = await asyncio.to_thread(self._remembered)
        if device:
            client.restore_login(self._settings.user, device["device_id"], device["access_token"])
            if isinstance(await client.whoami(), nio.WhoamiResponse):
                return
        try:
            password = self._settings.password()
        except BadInputError as error:
            raise self._fault(error.sentence, DeliveryReason.NOT_CONFIGURED) from error
        client.device_id = device["device_id"] if device else ""
        answer = self._need(await client.login(password, device_name="leerp"), nio.LoginResponse)
        await asyncio.to_thread(self._remember, answer.device_id, answer.access_token)

    @property
    def _file(self) -> Path:
        return self._folder / "device.json"

    def _remembered(self) -> dict[str, str] | None:
        return json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else None

    def _remember(self, device: str, token: str) -> None:
        fresh = self._file.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({"device_id": device, "access_token": token}, file)
        fresh.replace(self._file)

    def _need(self, answer: Any, wanted: type[Any]) -> Any:  # noqa: ANN401 - nio's classes for answers have no common type
        """The answer, if it is the good one; DeliveryError with the server's word for why not."""
        if isinstance(answer, wanted):
            return answer
        code = _code(answer)
        reason = DeliveryReason.NOT_CONFIGURED if code in _OURS else DeliveryReason.REFUSED_BY_SERVER
        raise self._fault(f"refuses with {code or 'no word'}", reason)

    def _fault(self, what: str, reason: DeliveryReason) -> DeliveryError:
        return DeliveryError(f"{self._place}: {what}", permanent=False, reason=reason)


_OURS = ("M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_USER_DEACTIVATED")
"""The server's words for what an operator can mend: the account, its password, its rights."""


def _code(answer: object) -> str | None:
    """The server's word for a refusal (https://spec.matrix.org/v1.11/client-server-api/#standard-error-response)."""
    return getattr(answer, "status_code", None)
