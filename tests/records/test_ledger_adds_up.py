"""planned = sent + failed + withheld + pending, for every notice, at every instant, whatever is done in what order."""

from collections.abc import Awaitable, Callable
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leerp.errors import RefusedError
from leerp.notices import DeliveryState, NoticeKind
from records import ledger, notices
from records.ledger import Outcome, Sums
from records.store import Store
from tests.records.cast import NOON, notice, planned

READERS = "abcd"
KIND = NoticeKind.LAUNCH_EXTERNAL
OPEN = ("planned", "sending")
_NUMBERS = count(1)

Step = tuple[str, str, str]
"""What is done, to which readers, and with what result."""

steps = st.lists(
    st.tuples(
        st.sampled_from(["plan", "claim", "settle", "advance", "acknowledge"]),
        st.text(READERS, min_size=1, max_size=3),
        st.sampled_from(["sent", "failed", "planned", "withheld"]),
    ),
    min_size=1,
    max_size=12,
)


class Expected:
    """The ledger of one notice, in a dictionary: what each step ought to do."""

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}

    def plan(self, readers: str, result: str) -> None:
        """A reader gets a line once."""
        for reader in readers:
            self.lines.setdefault(reader, "withheld" if result == "withheld" else "planned")

    def claim(self, readers: str, result: str) -> None:  # noqa: ARG002 - every step has a result
        """What is open is begun."""
        self.lines |= {reader: "sending" for reader in readers if self.lines.get(reader) in OPEN}

    def settle(self, readers: str, result: str) -> None:
        """What is open is settled; what failed may have been sent after all."""
        for reader in readers:
            state = self.lines.get(reader)
            if state in OPEN or (state == "failed" and result == "sent"):
                self.lines[reader] = result

    def advance(self, readers: str, result: str) -> None:
        """Settle the first, claim the others."""
        self.settle(readers[0], result)
        self.claim(readers[1:], result)

    def acknowledge(self, readers: str, result: str) -> None:  # noqa: ARG002 - every step has a result
        """Who may have got it confirms."""
        if self.lines.get(readers[0]) in ("sent", "sending"):
            self.lines[readers[0]] = "acknowledged"

    def sums(self) -> Sums:
        """How the notice ought to stand."""
        states = list(self.lines.values())
        return Sums(
            planned=len(states),
            sent=sum(state in ("sent", "acknowledged") for state in states),
            failed=states.count("failed"),
            withheld=states.count("withheld"),
            pending=sum(state in OPEN for state in states),
            acknowledged=states.count("acknowledged"),
        )


class Actual:
    """The same steps on the ledger of one notice in the store."""

    def __init__(self, store: Store, reference: str, identifier: str) -> None:
        self.store, self.reference, self.notice = store, reference, identifier

    async def plan(self, readers: str, result: str) -> None:
        """Plan them all, withheld or not."""
        reason = "no_channel" if result == "withheld" else None
        lines = [planned(reader, withheld=reason) for reader in readers]
        async with self.store.writing() as tx:
            await ledger.plan(tx, incident=self.reference, notice=self.notice, kind=KIND, planned=lines, at=NOON)

    async def claim(self, readers: str, result: str) -> None:  # noqa: ARG002 - every step has a result
        """Claim them all."""
        async with self.store.writing() as tx:
            await ledger.claim(tx, self.notice, [(reader, "mail") for reader in readers], NOON)

    async def settle(self, readers: str, result: str) -> None:
        """Settle them all."""
        async with self.store.writing() as tx:
            await ledger.settle(tx, self.notice, [self._outcome(reader, result) for reader in readers])

    async def advance(self, readers: str, result: str) -> None:
        """Settle the first, claim the others."""
        async with self.store.reading() as c:
            lines = await ledger.pending(c, self.notice)
        claims = [ledger.claiming(line, NOON) for line in lines if line.planned.reader.id in readers[1:]]
        await ledger.advance(self.store, [ledger.settling(self.notice, self._outcome(readers[0], result)), *claims])

    async def acknowledge(self, readers: str, result: str) -> None:  # noqa: ARG002 - every step has a result
        """Acknowledge for the first; refused where nothing was sent."""
        try:
            async with self.store.writing() as tx:
                await ledger.acknowledge(tx, notice=self.notice, reader=readers[0], at=NOON)
        except RefusedError as refused:
            assert refused.reason == "unknown_subject"  # noqa: PT017 - most steps are not refused

    @staticmethod
    def _outcome(reader: str, result: str) -> Outcome:
        reason = None if result == "sent" else "unreachable"
        return Outcome(reader, "mail", DeliveryState(result), reason, NOON)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(done=steps)
async def test_the_ledger_adds_up_at_every_step(store: Store, reference: str, done: list[Step]) -> None:
    """After each step, by way of the sums and by counting the lines, the store agrees with the expected ledger."""
    expected, identifier = Expected(), f"N-{next(_NUMBERS)}"
    async with store.writing() as tx:
        await notices.save(tx, notice(reference, identifier), audience=[], directory_version="1", at=NOON)
    actual = Actual(store, reference, identifier)
    for name, readers, result in done:
        getattr(expected, name)(readers, result)
        step: Callable[[str, str], Awaitable[None]] = getattr(actual, name)
        await step(readers, result)
        async with store.reading() as c:
            sums = await ledger.sums(c, identifier)
        assert sums.planned == sums.sent + sums.failed + sums.withheld + sums.pending
        assert sums == expected.sums()
    async with store.reading() as c:
        lines = {line.reader: line.state.value for line in await ledger.deliveries(c, notice=identifier)}
    assert lines == expected.lines
