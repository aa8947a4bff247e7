"""The release desk and the pages of notices: what is shown before and after, to whom, and that looks are recorded."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.testing import ActivityEnvironment

from activities.delivery_planning import planner_of
from activities.drafting import DraftingActivities
from activities.messages import DraftNotice, ReleaseNotice
from desk.assembly import wall_clock
from desk.web.acting.why import FAILED, WITHHELD, why
from desk.web.files import attachment
from leerp.incidents import IncidentPatch
from leerp.journal import DESK, JournalKind
from leerp.marking import Reader, WithheldReason
from leerp.notices import DeliveryReason, DeliveryState, NoticeKind, Planned, VariantFile
from records import incidents, journal, ledger, notices, withholding
from records.ledger import Outcome
from tests.desk.acting import HOSPITALS, Officer, officers, problem_in
from tests.desk.browsing import DeskHere, desk_here

HOSTILE = "<img src=x onerror=alert(1)> \"'><script>alert(2)</script>"
H3 = {"code": "H3", "provider": "csirt-fr", "text": f"Not before the arrest. {HOSTILE}"}


class Drafted:
    """An incident with a draft that waits, without an engine."""

    def __init__(self, desk: DeskHere, officer: Officer, notice: str) -> None:
        self.desk = desk
        self.officer = officer
        self.notice = notice

    @property
    def path(self) -> str:
        """The notice's page below that of its incident."""
        return f"/notices/{self.notice}"

    async def released(self, readers: tuple[str, ...] | None = None) -> None:
        """Release it, plan it for its readers, and send it."""
        house, at = self.desk.house, wall_clock()
        fact = {"incident": self.officer.reference, "at": at, "key": "out", "actor": "head-of-operations"}
        kind = NoticeKind.EARLY_WARNING
        request = ReleaseNotice(**fact, notice=self.notice, kind=kind, reason="", restrictions_read=True)
        await ActivityEnvironment().run(DraftingActivities(house.rooms).release, request)
        async with house.store.writing() as tx:
            await withholding.keep_still(tx, self.notice)
            stored = await notices.get(tx, self.notice)
            planner = await planner_of(tx, stored, house.rooms, directory=house.rooms.directory(), at=at)
            plans = planner.first(readers or await notices.audience(tx, self.notice), former={})
            planned = [plan.planned for plan in plans]
            await ledger.plan(tx, incident=stored.incident, notice=self.notice, kind=kind, planned=planned, at=at)
            await ledger.store_variants(tx, self.notice, [plan.variant for plan in plans if plan.variant])
            keys = [(one.reader.id, one.channel) for one in planned if one.withheld is None]
            await ledger.claim(tx, self.notice, keys, at)
            await ledger.settle(tx, self.notice, [Outcome(*key, DeliveryState.SENT, None, at) for key in keys])


async def drafted(desk: DeskHere, person: str = "duty-officer", **report: Any) -> Drafted:
    """Draft an early warning of a report that a hostile source has written."""
    said = {"title": f"Hospitals {HOSTILE}", "marking": {"level": "RESTREINT", "handling": [H3]}, **report}
    said |= {"observables": [{"kind": "email", "value": "victim@hospital.example"}]}
    (officer,) = await officers(desk, person, facts=HOSPITALS, **said)
    fact = {"incident": officer.reference, "at": wall_clock(), "key": f"k{officer.reference}", "actor": "duty-officer"}
    request = DraftNotice(**fact, kind=NoticeKind.EARLY_WARNING, reason="as the test says")
    done = await ActivityEnvironment().run(DraftingActivities(desk.house.rooms).draft, request)
    waits = IncidentPatch(waiting_for=(f"notice {done.notice} (early_warning) to be released",))
    async with desk.house.store.writing() as tx:
        await incidents.patch(tx, officer.reference, waits)
    return Drafted(desk, officer, done.notice)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def looks(desk: DeskHere) -> list[str]:
    """What the desk's journal says was read."""
    async with desk.house.store.reading() as connection:
        entries = await journal.entries(connection, DESK, kinds={JournalKind.DESK_CONTENT_READ})
    return [str(entry.data["what"]) for entry in entries]


async def test_a_draft_stands_beside_what_each_reader_gets_and_who_gets_nothing(desk: DeskHere) -> None:
    """Banner, the whole draft, the very variants, the reasons in words, personal data, restrictions to be read."""
    one = await drafted(desk)
    unread = await one.officer.page(one.path)
    read = await one.officer.page(f"{one.path}?read=yes")
    assert "Nobody gets anything of it" in unread
    assert "the channel may not carry what is marked so high" in read
    assert "the directory does not say how far this reader is cleared" in read
    assert "I have read the restrictions of csirt-fr" in read
    assert "These private parties do not get it, unless the release names a ground: partner-antivirus." in read
    assert "Propose the release" in read
    assert "victim[@]hospital[.]example" in read
    with_ground = await one.officer.page(f"{one.path}?read=yes&ground=imminent_crime")
    assert "on the ground imminent crime" in with_ground
    for page in (unread, read, with_ground):
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert html.escape("<img src=x", quote=True) in page
    assert await looks(desk) == [f"draft {one.notice}"]


async def test_the_very_bytes_that_would_go_out_can_be_looked_at_and_never_run_here(desk: DeskHere) -> None:
    """The reader's page comes in a sandbox, its files as attachments; neither runs anything at the desk."""
    one = await drafted(desk)
    page = await one.officer.page(f"{one.path}/preview/liaison-fr?read=yes")
    assert "<iframe" in page
    assert " sandbox " in page
    links = [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]*/preview/[^"]*)"', page)]
    assert all("read=yes" in link for link in links)
    shown = await one.officer.browser.get(next(link for link in links if "/shown/" in link))
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "<script>alert" not in shown.text
    files = [await one.officer.browser.get(link) for link in links if "/files/" in link]
    assert len(files) >= 3
    for answer in files:
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].startswith('attachment; filename="')
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    nothing = await one.officer.browser.get(f"{one.officer.path}{one.path}/preview/poc-us?read=yes")
    assert nothing.status_code == 404
    assert (await one.officer.browser.get(f"{one.officer.path}{one.path}/preview/nobody")).status_code == 404


async def test_after_the_release_the_page_says_who_has_it_and_shows_it_as_sent(desk: DeskHere) -> None:
    """The sum adds up on the page, each line says why, and the variant is byte for byte what was kept."""
    one = await drafted(desk)
    await one.released()
    page = await one.officer.page(one.path)
    sums = re.search(r"planned (\d+) = sent (\d+) \+ failed (\d+) \+ withheld (\d+) \+ pending (\d+)", page)
    assert sums is not None
    planned, *parts = map(int, sums.groups())
    assert planned == sum(parts) > 20
    assert "withheld: the directory does not say how far this reader is cleared" in page
    assert "record a call" in page
    withheld = await one.officer.page(f"{one.path}?state=withheld")
    assert "as sent" not in withheld
    sent = await one.officer.page(f"{one.path}/sent/liaison-fr/secure")
    assert "Hospitals" in sent
    file = await one.officer.browser.get(f"{one.officer.path}{one.path}/sent/liaison-fr/secure/files/message.txt")
    async with desk.house.store.reading() as connection:
        kept = await ledger.variant(connection, notice=one.notice, reader="liaison-fr", channel="secure")
    assert file.content == next(part.content for part in kept if part.name == "message.txt")
    assert f"variant {one.notice} liaison-fr secure" in await looks(desk)
    assert (await one.officer.browser.get(f"{one.officer.path}{one.path}/sent/poc-us/email")).status_code == 404


async def test_nobody_sees_what_is_not_for_them(desk: DeskHere) -> None:
    """An analyst does not see what was sent to readers; a notice of another incident is not here."""
    one = await drafted(desk)
    await one.released()
    await one.officer.page(one.path)
    analyst = await desk.browser("malware-analyst-1")
    base = one.officer.path
    assert (await analyst.get(f"{base}{one.path}")).status_code == 200
    assert "/sent/" not in (await analyst.get(f"{base}{one.path}")).text
    assert (await analyst.get(f"{base}{one.path}/sent/liaison-fr/secure")).status_code == 403
    assert (await analyst.get(f"{base}{one.path}/sent/liaison-fr/secure/files/message.txt")).status_code == 403
    other = await desk.report("Something else", number=7)
    for rest in ("", "/sent/liaison-fr/secure", "/sent/liaison-fr/secure/files/message.txt", "/preview/liaison-fr"):
        answer = await one.officer.browser.get(f"/incidents/{other}{one.path}{rest}")
        assert answer.status_code == 404, rest
        assert "Hospitals" not in answer.text
    there = Officer(desk, one.officer.browser, other)
    fresh = await one.officer.form(f"/acts/acknowledge?notice={one.notice}")
    crossed = await there.send("/acts/acknowledge", fresh, notice=one.notice, reader="liaison-fr", how="telephone")
    assert crossed.status_code in (404, 422)
    async with desk.house.store.reading() as connection:
        assert (await ledger.sums(connection, one.notice)).acknowledged == 0


async def test_above_the_clearance_of_who_looks_nothing_is_shown(desk: DeskHere) -> None:
    """Somebody cleared for less than the incident is told so, and sees neither draft nor title."""
    path = desk.house.settings.config / "directory.yaml"
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.partition("id: duty-officer-2")
    path.write_text(
        head + "id: duty-officer-2" + tail.replace("clearance: SECRET", "clearance: BPL", 1), encoding="utf-8"
    )
    one = await drafted(desk)
    low = await desk.browser("duty-officer-2")
    for rest in (one.path, f"{one.path}/preview/liaison-fr", "/acts/decide", "/what-if"):
        answer = await low.get(f"{one.officer.path}{rest}")
        assert answer.status_code == 403, rest
        assert "Hospitals" not in answer.text
        assert "arrest" not in answer.text


async def test_a_release_that_is_refused_keeps_what_was_typed(desk: DeskHere) -> None:
    """Without an engine the page says so, keeps the reason and the ticked box, and the act's id for another try."""
    one = await drafted(desk)
    fresh = await one.officer.form(one.path)
    typed = {"reason": "read & <b>agreed</b>", "restrictions_read": "yes"}
    answer = await one.officer.send(one.path, fresh, **typed)
    assert answer.status_code == 503
    assert "What you have typed is still here" in problem_in(answer.text)
    assert "read &amp; &lt;b&gt;agreed&lt;/b&gt;" in answer.text
    assert f'name="act" value="{fresh["act"]}"' in answer.text
    assert re.search(r'name="restrictions_read" value="yes" checked', answer.text)
    forged = await one.officer.send(one.path, fresh | {"act": "A-1"}, **typed)
    assert forged.status_code == 422
    assert (await one.officer.send(one.path, {"act": fresh["act"]}, **typed)).status_code == 403


async def test_thousands_of_readers_come_in_pages_of_two_hundred(desk: DeskHere) -> None:
    """Every line stands on exactly one page; counts come from the ledger."""
    one = await drafted(desk)
    await one.released(("liaison-fr",))
    at = wall_clock()
    lines = [
        Planned(
            reader=Reader(id=f"reader-{number:04}", group="agency"),
            channel="email",
            address="a@b.example",
            withheld=WithheldReason.CLEARANCE_TOO_LOW.value if number % 2 else None,
        )
        for number in range(449)
    ]
    async with desk.house.store.writing() as tx:
        kind = NoticeKind.EARLY_WARNING
        await ledger.plan(tx, incident=one.officer.reference, notice=one.notice, kind=kind, planned=lines, at=at)
    pages = [await one.officer.page(f"{one.path}?page={number}") for number in (1, 2, 3)]
    found = [re.findall(r"<tr[^>]*><td>([a-z0-9-]+)", page) for page in pages]
    assert [len(names) for names in found] == [200, 200, 50]
    assert len({name for names in found for name in names}) == 450
    assert "224 withheld: the reader is not cleared so high" in pages[0]
    assert "none" in await one.officer.page(f"{one.path}?page=99999")
    for odd in ("?page=-1", "?page=1e9", "?page=٣", "?state=gone&page=2"):
        await one.officer.page(f"{one.path}{odd}")


def test_every_reason_has_words() -> None:
    """Of the closed lists of why somebody gets nothing, none is shown as a code."""
    assert set(WITHHELD) == set(WithheldReason)
    assert set(FAILED) == set(DeliveryReason)
    assert all("_" not in why(one.value) for one in (*WithheldReason, *DeliveryReason))


@pytest.mark.parametrize("name", ['a".html', "a\r\nSet-Cookie: x=1", "../../etc/passwd", "ünïcode;x=1.pdf", "a'*.txt"])
def test_a_hostile_file_name_leaves_the_header_whole(name: str) -> None:
    """A quote, a line end, a path or a semicolon in a name ends nothing early (RFC 6266, RFC 8187)."""
    file = VariantFile.model_construct(name=name, media_type="text/plain", content=b"x")
    header = httpx.Headers(attachment(file).headers.items())["content-disposition"]
    found = re.fullmatch(r"attachment; filename=\"([A-Za-z0-9._-]+)\"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)", header)
    assert found is not None
    assert "/" not in found[1]
