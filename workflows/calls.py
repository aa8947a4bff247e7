"""How workflows call activities: by reference to the method, with one set of options."""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

from leerp.protocol import RefusalReason

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")
Method = Callable[[Any, Argument], Coroutine[Any, Any, Answer]]

REFUSALS = ["bad_input", *(reason.value for reason in RefusalReason)]
"""Failures by which an activity says no to a person's act; trying again cannot help."""


def _retry(*, stop_at: list[str] | None = None) -> RetryPolicy:
    return RetryPolicy(
        initial_interval=timedelta(milliseconds=300),
        maximum_interval=timedelta(seconds=10),
        non_retryable_error_types=stop_at,
    )


async def call(method: Method[Argument, Answer], argument: Argument, *, refusable: bool = False) -> Answer:
    """Run a short activity until it succeeds.

    With `refusable` (for a person's act) a refusal comes back as the failure it is; without it the step is tried
    until it works, because an incident must not end over a fault that can be mended.
    """
    return await workflow.execute_activity_method(
        method,
        argument,
        start_to_close_timeout=timedelta(seconds=10),  # what a lost worker costs
        retry_policy=_retry(stop_at=REFUSALS if refusable else None),
    )


async def call_long(
    method: Method[Argument, Answer], argument: Argument, *, summary: str, refusable: bool = False
) -> Answer:
    """Run an activity that takes long and heartbeats; a lost worker is noticed after 5 seconds.

    `refusable`: as `call` has it.
    """
    return await workflow.execute_activity_method(
        method,
        argument,
        start_to_close_timeout=timedelta(minutes=30),
        heartbeat_timeout=timedelta(seconds=5),
        retry_policy=_retry(stop_at=REFUSALS if refusable else None),
        summary=summary,
    )
