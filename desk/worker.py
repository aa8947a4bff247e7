"""The worker process: workflows and activities of one mode, and the relay from the store to the engine."""

import asyncio
import gc
import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.worker import Interceptor, UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.agenda import AgendaActivities
from activities.closing import ClosingActivities
from activities.collecting.watching import EngineClock, keep_looking
from activities.command_posts import CommandPostActivities
from activities.contact_pins import usable_directory
from activities.coordination import CoordinationActivities
from activities.crowds import CrowdActivities
from activities.delivery import DeliveryActivities
from activities.drafting import DraftingActivities
from activities.engine import Engine, keep_relaying
from activities.failures import FailureInterceptor
from activities.handover import HandoverActivities
from activities.investigation import InvestigationActivities
from activities.journalling import JournalActivities
from activities.meetings import MeetingActivities
from activities.moving import MovingActivities
from activities.overriding import OverridingActivities
from activities.permissions import PermissionActivities
from activities.plan_alerts import PlanAlertActivities
from activities.planning import PlanningActivities
from activities.pool_drafting import PoolDraftingActivities
from activities.products import ProductActivities
from activities.rooms import Rooms
from activities.rostering import RosteringActivities
from activities.triage import TriageActivities
from desk.assembly import client_of, open_house, wall_clock
from desk.indexing import fill_index
from desk.places import note_ready
from leerp import __version__
from leerp.errors import ServiceMissingError
from leerp.protocol import QUEUES
from leerp.settings import Settings
from workflows.dissemination import Dissemination
from workflows.emergency import Emergency

log = structlog.get_logger(__name__)

WORKFLOWS: Sequence[type] = (Emergency, Dissemination)
WORKFLOWS_KEPT = 1_000
"""How many workflows a worker keeps in its memory between two tasks; the SDK's own number."""

PASSED_THROUGH = ("leerp", "activities", "notifications", "matrices", "records", "structlog", "sqlalchemy", "rfc8785")
"""Modules that workflow code may share with the process: ours, and what they import; `workflows` stays sandboxed."""


MADE_BEFORE_COLLECTING = 10_000
"""How many objects are made, and not let go, before the youngest are looked through."""


def workflow_runner() -> SandboxedWorkflowRunner:
    """The sandbox: workflow modules are loaded anew, everything they only refer to is shared."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


def build_worker(
    client: Client,
    rooms: Rooms,
    *,
    disposable: bool = False,
    passing: bool = False,
    also: Sequence[Interceptor] = (),
) -> Worker:
    """A worker of the mode of its rooms. `also`: what else looks at its tasks.

    `disposable`: it can be killed, and another one goes on at once: it keeps no workflow in its memory between two
    tasks, since the time-skipping engine would wait for it for ever, and when it ends it waits for no activity. Every
    task replays its workflow from the beginning; only outside the sandbox that is fast enough.
    `passing`: no history outlives it, as in a fast run, so that no later version has to repeat what its workflows did.
    The sandbox, which sees to it that they could be repeated, is left to where they must be, and to the tests.
    """
    classes = (
        JournalActivities,
        AgendaActivities,
        TriageActivities,
        CrowdActivities,
        CoordinationActivities,
        RosteringActivities,
        HandoverActivities,
        CommandPostActivities,
        MeetingActivities,
        DraftingActivities,
        DeliveryActivities,
        PlanningActivities,
        PlanAlertActivities,
        InvestigationActivities,
        MovingActivities,
        ProductActivities,
        PoolDraftingActivities,
        ClosingActivities,
        PermissionActivities,
        OverridingActivities,
    )
    return Worker(
        client,
        task_queue=QUEUES[rooms.mode],
        workflows=WORKFLOWS,
        activities=[method for one in classes for method in _activities_of(one(rooms))],
        interceptors=[FailureInterceptor(), *also],
        workflow_runner=UnsandboxedWorkflowRunner() if disposable or passing else workflow_runner(),
        build_id=f"leerp-{__version__}",  # without one the SDK hashes every module that is loaded: 2 seconds
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        max_heartbeat_throttle_interval=timedelta(milliseconds=500),
        default_heartbeat_throttle_interval=timedelta(milliseconds=500),
        graceful_shutdown_timeout=timedelta(seconds=0 if disposable else 3),
        max_cached_workflows=0 if disposable else WORKFLOWS_KEPT,
        max_concurrent_activities=50,
    )


def _activities_of(instance: object) -> list[Any]:
    methods = (getattr(instance, name) for name in dir(instance) if not name.startswith("_"))
    return [method for method in methods if hasattr(method, "__temporal_activity_definition")]


def settle_in() -> None:
    """Have the collector of garbage pass over what stays for as long as the process does, and come by less often.

    A directory of thousands of readers is looked through at every turn otherwise, and a launch takes longer for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE_BEFORE_COLLECTING, 20, 20)


async def run_worker(settings: Settings) -> None:
    """Work until told to stop; an engine that is away is waited for."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_house(settings, migrate=True) as house:
        await usable_directory(house.rooms)  # what is found at the first start is pinned then, not at the first notice
        client = await _connected(settings, stop)
        if client is None:
            return
        settle_in()
        engine_clock = EngineClock(wall_clock)
        async with build_worker(client, house.rooms, also=[engine_clock]):
            beside = [
                asyncio.create_task(keep_relaying(Engine(client, house.store))),
                asyncio.create_task(house.keep_watching()),
                asyncio.create_task(keep_looking(house.rooms, engine_clock)),
                asyncio.create_task(fill_index(house.store)),
            ]
            log.info("worker_ready", mode=house.rooms.mode.value)
            await asyncio.to_thread(note_ready, settings.run / "worker.ready")
            await stop.wait()
            for task in beside:
                task.cancel()
    await asyncio.sleep(0.2)  # lets the engine's client end before the process does (sdk-python issue 300)


async def _connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    while not stop.is_set():
        try:
            return await client_of(settings)
        except ServiceMissingError as error:
            log.warning("engine_away", sentence=error.sentence)
            await asyncio.sleep(0.3)
    return None
