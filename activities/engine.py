"""The engine as an outside system: connecting, telling it what the store has accepted, and people's acts."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

import structlog
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from leerp.errors import RefusedError, ServiceMissingError
from leerp.protocol import (
    EMERGENCY,
    QUEUES,
    Act,
    ActName,
    EmergencyStart,
    Receipt,
    RefusalReason,
    SearchAttribute,
    Signal,
    emergency_id,
)
from leerp.settings import Settings
from records import incidents, outbox
from records.outbox import Posting
from records.store import Store

log = structlog.get_logger(__name__)

_GONE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


async def connect(settings: Settings, *, address: str) -> Client:
    """A client of the engine at an address; ServiceMissingError when nobody answers."""
    try:
        return await Client.connect(
            address,
            namespace=settings.temporal_namespace,
            data_converter=pydantic_data_converter,
            api_key=_api_key(settings),
            tls=_tls(settings),
        )
    except RuntimeError as error:  # the SDK has no narrower one for a connection that fails
        raise ServiceMissingError(
            f"The Temporal engine at {address} does not answer; start it (leerp up) or check LEERP_TEMPORAL_ADDRESS."
        ) from error


def _api_key(settings: Settings) -> str | None:
    if settings.temporal_api_key_file:
        return settings.temporal_api_key_file.read_text(encoding="utf-8").strip()
    return settings.temporal_api_key.get_secret_value() if settings.temporal_api_key else None


def _tls(settings: Settings) -> TLSConfig | bool:
    certificate, key = settings.temporal_tls_certificate_file, settings.temporal_tls_key_file
    ca = settings.temporal_tls_ca_file
    if not (settings.temporal_tls or certificate or ca):
        return False
    return TLSConfig(
        server_root_ca_cert=ca.read_bytes() if ca else None,
        client_cert=certificate.read_bytes() if certificate else None,
        client_private_key=key.read_bytes() if key else None,
    )


SIDE_BY_SIDE = 8
"""How many incidents are told at the same time."""

MOST_TOLD = 1_000
"""After so many, whoever relays looks up again."""


class Engine:
    """What the rooms above need of the engine. One per process. `side_by_side`: how many incidents are told at once."""

    def __init__(self, client: Client, store: Store, *, side_by_side: int = SIDE_BY_SIDE) -> None:
        self.client = client
        self._store = store
        self._side_by_side = side_by_side
        self._searchable: bool | None = None

    async def relay(self, *, incident: str | None = None) -> int:
        """Tell the engine what was accepted and not yet told; how many it was. Safe to repeat at any time.

        Several incidents are told side by side, each in the order of what came; after a few of one, all others have
        their turn. `incident`: tell this one alone, whatever waits for others.
        """
        told = 0
        while told < MOST_TOLD:
            async with self._store.reading() as connection:
                postings = await outbox.waiting(connection, incident=incident)
            if not postings:
                break
            told += await self._round(postings)
        return told

    async def _round(self, postings: Sequence[Posting]) -> int:
        """Tell these; what was told is remembered even where something else could not be.

        Whoever dies before that is remembered has them told again, which changes nothing.
        """
        groups: dict[str, list[Posting]] = {}
        for posting in postings:
            groups.setdefault(posting.incident, []).append(posting)
        told: list[int] = []
        turns = asyncio.Semaphore(self._side_by_side)

        async def tell(group: Sequence[Posting]) -> None:
            async with turns:
                for together in _in_a_row(group):
                    await self._tell(together)
                    told.extend(posting.id for posting in together)

        ends = await asyncio.gather(*(tell(group) for group in groups.values()), return_exceptions=True)
        if told:
            await self._store.write(partial(outbox.done, posting_ids=told))
        fault = next((end for end in ends if isinstance(end, BaseException)), None)
        if fault is not None:
            raise fault
        return len(told)

    async def _tell(self, together: Sequence[Posting]) -> None:
        """Send one signal for these, which are of one incident and of one kind."""
        first = together[0]
        several = len(together) > 1
        async with self._store.reading() as connection:
            incident = await incidents.get(connection, first.incident)
        start = EmergencyStart(
            reference=incident.reference,
            mode=incident.mode,
            opened_at=incident.opened_at,
            policy=incident.policy,
            clock=incident.clock,
            searchable=await self._knows_our_attributes(),
        )
        try:
            await self.client.start_workflow(
                EMERGENCY,
                start,
                id=emergency_id(incident.reference),
                task_queue=QUEUES[incident.mode],
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_signal=(Signal.REPORTS if several else first.signal).value,
                start_signal_args=[[posting.subject for posting in together]] if several else [first.subject],
                static_summary=incident.reference,
            )
        except WorkflowAlreadyStartedError:
            subjects = [posting.subject for posting in together]
            log.warning("incident_already_ended", incident=incident.reference, subjects=subjects)
        except RPCError as error:
            raise _missing(error) from error

    async def _knows_our_attributes(self) -> bool:
        """Whether the engine's namespace has our search attributes; asked once."""
        if self._searchable is None:
            request = ListSearchAttributesRequest(namespace=self.client.namespace)
            try:
                known = await self.client.operator_service.list_search_attributes(request)
            except RPCError as error:
                if error.status in _GONE:
                    raise _missing(error) from error
                self._searchable = False  # an engine without the call, as in exercises, or without the permission
                return False
            self._searchable = {name.value for name in SearchAttribute} <= set(known.custom_attributes)
        return self._searchable

    async def act(self, name: ActName, reference: str, act: Act) -> Receipt:
        """Send a person's act and wait for its answer, which is given after it is journalled.

        Raises RefusedError with the reason, or ServiceMissingError when the engine or its worker does not answer.
        """
        handle = self.client.get_workflow_handle(emergency_id(reference))
        try:
            receipt: Receipt = await handle.execute_update(
                name.value, act, id=act.act, result_type=Receipt, rpc_timeout=timedelta(seconds=30)
            )
        except WorkflowUpdateFailedError as error:
            raise _refused(error) from error
        except WorkflowFailureError as error:
            raise _ended(reference) from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise _ended(reference) from error
            raise _missing(error) from error
        return receipt

    async def query(self, reference: str, name: str) -> Any:  # noqa: ANN401 - what the query answers
        """Ask a running incident."""
        return await self.client.get_workflow_handle(emergency_id(reference)).query(name)


def _in_a_row(group: Sequence[Posting]) -> Iterator[Sequence[Posting]]:
    """The signals of one incident in their order: reports in a row together, everything else by itself."""
    for are_reports, row in groupby(group, key=lambda posting: posting.signal is Signal.REPORT):
        postings = [*row]
        yield from [postings] if are_reports else ([posting] for posting in postings)


def _refused(error: WorkflowUpdateFailedError) -> RefusedError:
    cause: BaseException | None = error.cause
    while cause is not None and not (isinstance(cause, ApplicationError) and cause.type):
        cause = cause.__cause__
    if isinstance(cause, ApplicationError):
        return RefusedError(cause.message, reason=str(cause.type))
    return RefusedError("The incident refused the act.", reason=RefusalReason.UNKNOWN_SUBJECT)


def _ended(reference: str) -> RefusedError:
    return RefusedError(
        f"{reference} is not running: it has ended, or its first report has not reached the engine yet.",
        reason=RefusalReason.ALREADY_ENDED,
    )


def _missing(error: RPCError) -> ServiceMissingError:
    if error.status in _GONE:
        return ServiceMissingError("The Temporal engine or its worker does not answer; is `leerp up` running?")
    return ServiceMissingError(f"The Temporal engine refused the call ({error.status.name}).")


async def keep_relaying(engine: Engine, *, every: float = 0.5) -> None:
    """Relay for as long as the process lives; an engine that is away is waited for."""
    while True:
        try:
            await engine.relay()
        except ServiceMissingError as error:
            log.warning("engine_away", sentence=error.sentence)
        await asyncio.sleep(every)
