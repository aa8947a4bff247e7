"""A workflow that has something done near, for the tests of that."""

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from workflows.calls import call_near


class Doings:
    """An activity that fails as often as it is told; `near` grows with each attempt: whether it was in the task."""

    def __init__(self, *, fails: int = 0) -> None:
        self.near: list[bool] = []
        self._fails = fails

    @activity.defn(name="do")
    async def do(self, what: str) -> str:
        """Say what was done."""
        self.near.append(activity.info().is_local)
        activity.heartbeat()  # as what takes long does, wherever it is done
        if len(self.near) <= self._fails:
            raise RuntimeError("the store is away")
        return f"done: {what}"


@workflow.defn
class NearCaller:
    """Has it done so many times."""

    @workflow.run
    async def run(self, what: str, times: int) -> str:
        """Have it done; what was not done near once is not tried so again."""
        given_up: set[str] = set()
        return " ".join([await call_near(Doings.do, what, given_up=given_up) for _ in range(times)])
