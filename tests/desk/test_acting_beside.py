"""What officers do beside the acts of the protocol, by forms and without an engine: pool, hits, private data."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.hits import HitActs
from activities.investigation import InvestigationActivities
from activities.messages import MatchItem
from desk.assembly import wall_clock
from leerp.journal import DESK, JournalKind
from records import journal
from tests.desk.acting import HOSPITALS, officers
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.whole_incident import PROSE, contribute, kinds_of, own


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def test_what_was_read_from_prose_is_pooled_without_what_a_person_leaves_out(desk: DeskHere) -> None:
    """The form lists what was found; what is ticked is left out; looks are recorded; a discarded one is not pooled."""
    (one,) = await officers(desk, "malware-analyst-1", facts=HOSPITALS)
    first = await contribute(one, PROSE, name="prose.txt", by="csirt-fr")
    page = await one.page("/acts/contribution-confirm")
    assert first in page
    boxes = re.findall(r'name="without" value="([^"]+)"', page)
    assert {"ipv4:198.51.100.7", "ipv4:203.0.113.9"} <= set(boxes)
    wrong = await one.refused("contribution-confirm", contribution=first, without=["domain:never.example"])
    assert (wrong[0], "not in the list" in wrong[1]) == (422, True)
    await one.act("contribution-confirm", contribution=first, without=["ipv4:203.0.113.9"])
    view = await one.view()
    assert [(item.id, item.observables) for item in view.contributions] == [(first, len(boxes) - 1)]
    again = await one.send("/acts/contribution-confirm", await one.form("/acts/assess"), contribution=first)
    assert again.status_code in (404, 409, 422)
    second = await contribute(one, f"{PROSE} And 192.0.2.44.", name="more.txt", by="csirt-lu")
    await one.act("contribution-discard", contribution=second)
    assert (await kinds_of(one)).count("investigation.contribution.received") == 1
    assert "investigation.contribution.discarded" in await kinds_of(one)
    async with desk.house.store.reading() as connection:
        read = await journal.entries(connection, DESK, kinds={JournalKind.DESK_CONTENT_READ})
    assert f"contribution {first}" in [entry.data["what"] for entry in read]


async def test_an_owners_word_on_a_hit_is_recorded_once_and_for_its_own_side(desk: DeskHere) -> None:
    """Permitted by form, permitted again is refused, and a stranger's word says nothing."""
    (one,) = await officers(desk, "duty-officer", facts=HOSPITALS)
    for number, owner in enumerate(("poc-no", "csirt-lu")):
        item = await contribute(one, own(number, ("domain", "shared.example")), name="c.json", by=owner)
        match = MatchItem(incident=one.reference, at=wall_clock(), key=f"m{number}", item=item)
        await ActivityEnvironment().run(InvestigationActivities(desk.house.rooms).match, match)
    found = await HitActs(desk.house.rooms).listing(one.reference)
    said = {"hit": found[0].hit, "owner": "poc-no", "given": "yes", "via": "by telephone"}
    await one.act("hit-consent", **said)
    assert (await one.refused("hit-consent", **said))[0] == 409
    assert (await one.refused("hit-consent", **{**said, "owner": "liaison-fr"}))[0] == 409
    assert "investigation.hit.permitted" in await kinds_of(one)


async def test_private_data_is_passed_on_and_decided_by_forms(desk: DeskHere) -> None:
    """What a company gave with personal data in it: to a national unit, then resubmitted, and no other way round."""
    (one,) = await officers(desk, "duty-officer", facts=HOSPITALS)
    item = await contribute(one, own(1, ("email", "victim@hospital.example")), name="c.json", by="partner-bank")
    await one.act("private-data-told", item=item, unit="liaison-fr")
    early = await one.refused("private-data", item=item, decision="erased")
    assert (early[0], "Nobody has decided to erase" in early[1]) == (409, True)
    await one.act("private-data", item=item, decision="resubmitted")
    done = await one.refused("private-data", item=item, decision="erase")
    assert done[0] in (403, 409)
    assert (await kinds_of(one)).count("detection.private_data.decided") == 1
