"""How workflows call activities: by reference to the method, with one set of options.

`call` and `call_long` go by way of the engine: what is asked for stands in the history before anybody begins with it,
and it is asked for once. `call_near` has the worker do it in the workflow's own task (a local activity), which is three
trips to the engine fewer; only what came of it stands in the history, with the end of the task. A worker that dies
before that does the whole task again, and by then there may be more in it. So only what is safe then goes this way:

- It works in the store alone, and sends nothing to anybody.
- Done again it changes nothing: it reads, it says where something stands, or the keys of its facts name what they are
  about (a report, a notice) and not how many there were before.
- It follows from what the history holds already: a signal, a timer, an answer. An act of a person does not: until its
  task has ended, the engine may forget the act, and a journal would tell of what nobody has taken in.
- It is short. What is not done within `NEAR_AT_MOST`, or fails, is asked for again by way of the engine, where it is
  tried until it works, and seen by whoever looks at the engine; so a store that is away holds no task open.
"""

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

from leerp.protocol import RefusalReason

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")
Method = Callable[[Any, Argument], Coroutine[Any, Any, Answer]]

NEAR = "issue7-near"

NEAR_AT_MOST = timedelta(seconds=2)
"""How long what is done in the workflow's own task may take, which the engine ends after ten seconds."""

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


def near() -> bool:
    """Whether this run of a workflow began when what is near could be done in its own task."""
    return workflow.patched(NEAR)


async def call_near(
    method: Method[Argument, Answer],
    argument: Argument,
    *,
    summary: str | None = None,
    given_up: set[str] | None = None,
) -> Answer:
    """Run a short activity in the workflow's own task; what may be run so is said at the top.

    `summary`: of one that may take long and beats, and that `call_long` runs where it is not done near.
    `given_up`: what this run does not try near any more, because it was not done so once; it grows here.
    """
    name = method.__qualname__
    if near() and name not in (given_up or ()):
        try:
            return await workflow.execute_local_activity_method(
                method, argument, start_to_close_timeout=NEAR_AT_MOST, retry_policy=RetryPolicy(maximum_attempts=1)
            )
        except FailureError as error:  # of what is near it is the cause itself
            if is_cancelled_exception(error):
                raise
            workflow.logger.info("not done near; it is asked for by way of the engine")
            if given_up is not None:
                given_up.add(name)
    if summary is None:
        return await call(method, argument)
    return await call_long(method, argument, summary=summary)
