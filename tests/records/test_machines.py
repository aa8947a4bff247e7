"""Tokens, requests that count once, and feeds: as they are kept, on both engines."""

import asyncio
from datetime import timedelta

import pytest

from leerp.errors import BadInputError
from leerp.incidents import Status
from leerp.machines import Scope, Signing, Token
from leerp.notices import DeliveryState
from records import feeds, ledger, machines, reports
from records.ledger import Outcome
from records.store import Store
from tests.records.cast import COMPANY, CSIRT, NOON, later, plan, planned, report, sent


def token(identifier: str = "token-1", **changes: object) -> Token:
    """A token of a CSIRT for a day."""
    values: dict[str, object] = {"id": identifier, "source": CSIRT, "scopes": (Scope.REPORT, Scope.FEED)}
    made = {"made_at": NOON, "made_by": "operator", "until": NOON + timedelta(days=1)}
    return Token.model_validate(values | made | changes)


@pytest.fixture
async def standing(store: Store) -> Token:
    """A token that there is."""
    made = token(signing=Signing.HMAC, signed_only=True, sealed_secret="sealed")  # noqa: S106 - no secret
    async with store.writing() as tx:
        await machines.add(tx, made, "secret")
    return made


async def test_a_token_is_found_by_its_secret_alone(store: Store, standing: Token) -> None:
    """With all that is kept of it; revoked once, it is found as revoked."""
    async with store.reading() as c:
        assert await machines.by_secret(c, "secret") == standing
        assert await machines.by_secret(c, "other") is None
        assert await machines.listing(c) == [standing]
        with pytest.raises(BadInputError, match="no token 'token-9'"):
            await machines.get(c, "token-9")
    async with store.writing() as tx:
        done = [await machines.revoke(tx, standing.id, at=later(n), by="operator") for n in (1, 2)]
        found = await machines.get(tx, standing.id)
    assert done == [True, False]
    assert (found.revoked_at, found.revoked_by) == (later(1), "operator")


async def test_a_nonce_is_used_once(store: Store, standing: Token) -> None:
    """Of many at once one is the first; another token has nonces of its own; old ones are forgotten."""
    async with store.writing() as tx:
        await machines.add(tx, token("token-2"), "other")

    async def use(name: str, identifier: str = standing.id, *, minute: float = 0) -> bool:
        async with store.writing() as tx:
            return await machines.use_nonce(tx, identifier, name, at=later(minute), until=later(minute + 10))

    first = await asyncio.gather(*(use("n") for _ in range(5)))
    assert sorted(first) == [False] * 4 + [True]
    assert await use("n", "token-2")
    assert not await use("n", minute=9)
    assert await use("n", minute=11)


async def test_the_first_answer_to_a_request_stands(store: Store, standing: Token) -> None:
    """For a day; what was given back begins anew, but not once it is answered."""
    name = standing.id
    async with store.writing() as tx:
        begun = await machines.begin(tx, name, "k", request_sha256="a", at=NOON)
        await machines.give_back(tx, name, "k")
        anew = await machines.begin(tx, name, "k", request_sha256="b", at=later(1))
        for text in ("first", "second"):
            await machines.answer(tx, name, "k", status=201, media_type="text/plain", text=text)
        await machines.give_back(tx, name, "k")
        again = await machines.begin(tx, name, "k", request_sha256="c", at=later(2))
        after = await machines.begin(tx, name, "k", request_sha256="c", at=later(2) + machines.KEPT)
    assert (begun.request_sha256, anew.request_sha256, anew.status) == ("a", "b", None)
    assert (again.request_sha256, again.status, again.answer) == ("b", 201, "first")
    assert (after.request_sha256, after.answer) == ("c", None)


async def test_how_a_report_came_in(store: Store, reference: str) -> None:
    """Whose it is, when, and whether its incident was opened for it."""
    async with store.writing() as tx:
        one = await reports.store(tx, report=report(), raw=b"1", received_at=NOON, incident=reference)
        two = await reports.store(
            tx, report=report(COMPANY, title="More"), raw=b"2", received_at=later(1), incident=reference
        )
    async with store.reading() as c:
        found = [await machines.taken(c, stored.id) for stored in (one, two)]
        with pytest.raises(BadInputError, match="no report 'R-0'"):
            await machines.taken(c, "R-0")
    assert [(how.source, how.received_at, how.opened) for how in found] == [
        (CSIRT, NOON, True),
        (COMPANY, later(1), False),
    ]


async def test_who_was_sent_something_took_part(store: Store, reference: str) -> None:
    """Not who was only meant to be, and nobody in an incident that is not there."""
    await plan(store, reference, [planned(CSIRT), planned(COMPANY)])
    async with store.writing() as tx:
        await ledger.settle(tx, "N-1", [sent(CSIRT)])
    async with store.reading() as c:
        assert await machines.took_part(c, reference, CSIRT) is Status.OPEN
        assert await machines.took_part(c, reference, COMPANY) is None
        assert await machines.took_part(c, "LEERP-1999-0001", CSIRT) is None


async def test_a_feed_only_grows_at_its_end(store: Store) -> None:
    """Each object has a time of its own, later than all before it, though the clock stands or goes back."""
    file = feeds.SentFile("N-1", "LEERP-2026-0001", None, "a" * 64, added=False)
    new = [feeds.NewObject(f"indicator--{number}", "1", "indicator", "2.1") for number in range(3)]
    async with store.writing() as tx:
        await feeds.add(tx, CSIRT, [(file, new)], at=later(60))
        more = [*new, feeds.NewObject("report--1", "1", "report", "2.1")]
        await feeds.add(tx, CSIRT, [(file._replace(notice="N-2", sha256="b" * 64), more)], at=NOON)
        await feeds.add(tx, COMPANY, [(file, new[:1])], at=NOON)
    async with store.reading() as c:
        whole = await feeds.page(c, CSIRT, feeds.Wanted(), limit=10)
        after = await feeds.page(c, CSIRT, feeds.Wanted(after=whole[1].added_at), limit=1)
        types = await feeds.page(c, CSIRT, feeds.Wanted(types=["report"], versions=["1"]), limit=10)
        others = await feeds.page(c, CSIRT, feeds.Wanted(without={"a" * 64}), limit=10)
    assert [one.object for one in whole] == [one.object for one in more]
    assert [one.added_at for one in whole] == [later(60) + timedelta(microseconds=n) for n in range(4)]
    assert after == [whole[2]]
    assert types == others == [whole[3]]


async def test_what_reached_a_reader_is_its_own(store: Store, reference: str) -> None:
    """Only lines that were sent, of the kinds that feeds have."""
    await plan(store, reference, [planned(CSIRT), planned(COMPANY)])
    async with store.writing() as tx:
        await ledger.settle(tx, "N-1", [Outcome(CSIRT, "mail", DeliveryState.SENT, None, NOON)])
    async with store.reading() as c:
        assert await feeds.sent_files(c, CSIRT, media_type="application/stix+json;version=2.1") == []
