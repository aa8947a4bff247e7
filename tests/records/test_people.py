"""What the store holds of people: sessions, links, codes, passkeys, failures, circles; on both engines."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from records import people, people_accounts, people_ceremonies, people_failures, sessions
from records.people_accounts import Passkey
from records.people_failures import FREE_FOR_A_NAME, LONGEST_WAIT, wait_after
from records.store import Store
from tests.records.cast import open_one

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def test_a_session_lives_while_it_is_used(store: Store) -> None:
    """It is over after a shift, after so long without use, and when it is ended, by its name too."""
    async with store.writing() as tx:
        secret = await sessions.begin(tx, person="anna", how="link", at=NOW, address="192.0.2.1")
    idle = timedelta(minutes=30)
    async with store.reading() as c:
        early, late = [await sessions.find(c, secret, at=NOW + n * MINUTE, idle=idle) for n in (29, 31)]
    assert early is not None
    assert (early.person, early.address, late) == ("anna", "192.0.2.1", None)
    async with store.writing() as tx:
        await sessions.seen(tx, secret, at=NOW + 29 * MINUTE)
        assert await sessions.find(tx, secret, at=NOW + 58 * MINUTE, idle=idle) is not None
        assert await sessions.counts(tx, at=NOW + MINUTE) == {"anna": 1}
        assert [one.name for one in await sessions.of_person(tx, "anna", at=NOW + MINUTE)] == [early.name]
        assert not await sessions.end_named(tx, early.name, person="bert", at=NOW)
        assert await sessions.end_named(tx, early.name, person="anna", at=NOW)
        assert await sessions.find(tx, secret, at=NOW) is None


async def test_a_code_is_used_once_by_however_many(store: Store) -> None:
    """Of many transactions with the same step one has it; an earlier step is gone with it."""
    async with store.writing() as tx:
        await people_accounts.set_password(tx, "anna", digest="d", totp="t", step=5, at=NOW)

    async def use(step: int) -> bool:
        async with store.writing() as tx:
            return await people_accounts.use_step(tx, "anna", step)

    assert sorted(await asyncio.gather(*(use(7) for _ in range(5)))) == [False] * 4 + [True]
    assert [await use(step) for step in (5, 6, 7, 8)] == [False, False, False, True]
    async with store.writing() as tx:
        assert not await people_accounts.use_step(tx, "nobody", 9)


async def test_a_passkey_counts_up(store: Store) -> None:
    """Two answers with the same count are one too many, also with counts beyond 31 bits; only its person removes it."""
    key = Passkey("id", "anna", "public", 2**32 - 2, "key", NOW)
    async with store.writing() as tx:
        assert [await people_accounts.add_passkey(tx, key) for _ in range(2)] == [True, False]
        used = [await people_accounts.use_passkey(tx, key, sign_count=2**32 - 1, at=NOW) for _ in range(2)]
        assert used == [True, False]
        assert await people_accounts.count_passkeys(tx, ["anna", "bert"]) == {"anna": 1}
        assert not await people_accounts.remove_passkey(tx, "id", person="bert")
        await people_accounts.lock(tx, "anna", by="x", because="y", at=NOW)
        await people_accounts.forget(tx, "anna", at=NOW)
        assert (await people_accounts.get(tx, "anna")).locked
        assert await people_accounts.passkeys_of(tx, "anna") == []


async def test_a_ceremony_ends_once_and_soon(store: Store) -> None:
    """By its kind, its person and its token, within ten minutes, once."""
    async with store.writing() as tx:
        tokens = [await people_ceremonies.begin(tx, "kind", data={"n": n}, at=NOW, person="anna") for n in range(2)]
        take = people_ceremonies.take
        assert await take(tx, "other", tokens[0], at=NOW, person="anna") is None
        assert await take(tx, "kind", tokens[0], at=NOW, person="bert") is None
        assert await take(tx, "kind", tokens[0], at=NOW) is None
        assert (await take(tx, "kind", tokens[0], at=NOW, person="anna")) == ("anna", {"n": 0})
        assert await take(tx, "kind", tokens[0], at=NOW, person="anna") is None
        assert await people_ceremonies.look(tx, "kind", tokens[1], at=NOW, person="anna") == ("anna", {"n": 1})
        assert await take(tx, "kind", tokens[1], at=NOW + 10 * MINUTE, person="anna") is None


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (10, 900), (400, 900)])
def test_the_wait_grows_up_to_a_quarter_of_an_hour(failures: int, seconds: int) -> None:
    """Thirty seconds after the fifth, twice as long after each more; nobody is kept out for long by others."""
    assert wait_after(failures, free=FREE_FOR_A_NAME) == timedelta(seconds=seconds) <= LONGEST_WAIT


async def test_failures_are_counted_before_they_happen(store: Store) -> None:
    """Of many at once so many go on as go without a wait; waiting ones are not counted; success forgets the name."""
    counted = {"name:anna": 3, "address:x": 20}

    async def attempt(at: datetime) -> bool:
        async with store.writing() as tx:
            return (await people_failures.attempt(tx, counted, at=at)).wait_until is None

    assert sum(await asyncio.gather(*(attempt(NOW) for _ in range(8)))) == 3
    assert [await attempt(NOW + timedelta(seconds=n)) for n in (29, 31, 60)] == [False, True, False]
    async with store.writing() as tx:
        await people_failures.succeeded(tx, name="name:anna", address="address:x")
    assert [await attempt(NOW + timedelta(seconds=61)) for _ in range(4)] == [True, True, True, False]
    assert await attempt(NOW + timedelta(hours=2))


async def test_who_succeeds_and_who_tries_never_wait_for_each_other_in_a_ring(store: Store) -> None:
    """Of the same name at the same address, as often as it may be: the order of locks is the same in both."""

    async def tries() -> None:
        async with store.writing() as tx:
            await people_failures.attempt(tx, {"name:anna": 1000, "address:x": 1000}, at=NOW)

    async def succeeds() -> None:
        async with store.writing() as tx:
            await people_failures.succeeded(tx, name="name:anna", address="address:x")

    await asyncio.gather(*(one() for _ in range(20) for one in (tries, succeeds, tries)))
    await tries()


async def test_a_circle_closes_an_incident_to_everybody_else(store: Store) -> None:
    """Whoever is in it is admitted, nobody else is; without one everybody is; one more can be admitted."""
    first, second = await open_one(store), await open_one(store)
    async with store.writing() as tx:
        await people.restrict(tx, first, people=["anna", "bert"], by="anna", at=NOW)
        assert [await people.closed_to(tx, one) for one in ("anna", "carl")] == [set(), {first}]
        assert [await people.admits(tx, one, "carl") for one in (first, second)] == [False, True]
        await people.admit(tx, first, person="carl", by="carl", at=NOW)
        await people.admit(tx, second, person="carl", by="carl", at=NOW)
        assert await people.circle_of(tx, first) == ["anna", "bert", "carl"]
        assert await people.circle_of(tx, second) == []
        await people.restrict(tx, first, people=["anna"], by="anna", at=NOW)
        assert await people.circle_of(tx, first) == ["anna"]
        await people.reopen(tx, first)
        assert await people.closed_to(tx, "carl") == set()
        with pytest.raises(ValueError, match="at least"):
            await people.restrict(tx, first, people=[], by="anna", at=NOW)
