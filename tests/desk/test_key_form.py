"""The key for sealed targets at the desk: made and replaced, told of without its secret, given by a file alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.acts import actor_of
from activities.operation_keys import OperationKeyActs
from leerp.incidents import IncidentPatch, Phase, Status
from leerp.journal import JournalKind
from records import incidents, journal, operation_keys
from tests.desk.acting import Officer, officers
from tests.desk.browsing import DeskHere, desk_here


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def key_of(one: Officer) -> tuple[str, str]:
    """The id and the secret of the key that seals now."""
    async with one.desk.house.store.reading() as connection:
        found = await operation_keys.newest(connection, one.reference)
    assert found is not None
    return found.key, found.secret


async def test_a_key_is_made_given_and_replaced_once(desk: DeskHere) -> None:
    """The page tells of each key and of who has it; a form sent twice replaces it once; no page has a secret."""
    (one,) = await officers(desk, "duty-officer")
    await one.act("plan-key", what="first")
    first = await key_of(one)
    acts = OperationKeyActs(desk.house.rooms)
    await acts.give(one.reference, to="liaison-fr", actor=actor_of(desk.house.rooms.directory(), "duty-officer"))
    page = await one.page("/acts/plan-key")
    assert "given to liaison-fr" in page
    fresh = await one.form("/acts/plan-key")
    answers = [await one.send("/acts/plan-key", fresh, what=first[0], reason="left") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 409]
    second = await key_of(one)
    assert first[0] != second[0]
    pages = [page, await one.page("/acts/plan-key"), await one.page(), await one.page("/journal")]
    assert not [text for text in pages if first[1] in text or second[1] in text]
    async with desk.house.store.reading() as connection:
        made = await journal.entries(connection, one.reference, kinds={JournalKind.PLAN_KEY_MADE})
    assert [(entry.actor, entry.data["replaces"]) for entry in made] == [
        ("duty-officer", None),
        ("duty-officer", first[0]),
    ]


async def test_who_may_and_when(desk: DeskHere) -> None:
    """An analyst makes no key; nothing is made without a word what, nor once the incident has ended."""
    one, analyst = await officers(desk, "duty-officer", "malware-analyst-1")
    assert (await analyst.browser.get(f"{one.path}/acts/plan-key")).status_code == 403
    assert (await one.refused("plan-key"))[0] == 422
    gone = await one.refused("plan-key", what="K-00000000")
    assert (gone[0], "not the key any more" in gone[1]) == (409, True)
    async with desk.house.store.writing() as tx:
        await incidents.patch(tx, one.reference, IncidentPatch(phase=Phase.CLOSURE, status=Status.CLOSED))
    assert "nothing is sealed in it any more" in await one.page("/acts/plan-key")
    async with desk.house.store.reading() as connection:
        assert await operation_keys.newest(connection, one.reference) is None
