"""The one place where what leerp raises becomes what the engine understands, and back."""

from typing import Any

from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from leerp.errors import LeerpError, RefusedError


class FailureInterceptor(Interceptor):
    """Turns errors of leerp into failures whose type is the word for programs.

    Whether such a failure is tried again is said where the activity is called.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - theirs
        """Wrap every activity."""
        return _Translating(next)


class _Translating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - the engine's names
        try:
            return await super().execute_activity(input)
        except LeerpError as error:
            word = error.reason if isinstance(error, RefusedError) else error.code
            raise ApplicationError(error.sentence, type=word) from error
