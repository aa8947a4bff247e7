"""Products: asked for, assigned, drafted by an analyst and from the pool, overdue, withdrawn; all in the journal."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leerp.errors import BadInputError, RefusedError
from leerp.journal import JournalKind
from leerp.marking import Level, Marking, Tlp, join_all
from leerp.notices import NoticeKind, Section
from leerp.products import ProductState, Statement, StatementsFile
from tests.records.cast import NOON
from tests.workshop import Workshop, workshop

AMBER = Marking(tlp=Tlp.AMBER)
RESTRICTED = Marking(level=Level.RESTREINT)
WORM: dict[str, Any] = {"observables": [{"kind": "domain", "value": "worm.example"}]}
TO_DO = "(product draft, release, product withdraw)"


def statement(text: str, marking: Marking = Marking(), **more: object) -> Statement:  # noqa: B008 - frozen
    """A statement of an analyst."""
    return Statement.model_validate({"section": "assessment", "text": text, "marking": marking, **more})


async def stated(desk: Workshop, *statements: Statement) -> str:
    """Keep them as a document."""
    return await desk.keep(StatementsFile(statements=statements))


async def test_a_product_is_asked_for_assigned_and_drafted_for_whoever_asked(tmp_path: Path) -> None:
    """Due as the catalogue says; the draft holds the statements in order, each under its marking, and the pool."""
    async with workshop(tmp_path) as desk:
        await desk.contribute("c-1", marking=RESTRICTED, **WORM)
        kept = await desk.request()
        assert kept.due_at == NOON + timedelta(hours=48)
        done = await desk.assign(kept.product, "cryptocurrency-analyst-1")
        assert done.lacks == ("malware-analyst",)
        assert (await desk.assign(kept.product)).lacks == ()
        document = await stated(desk, statement("One author.", AMBER), statement("Stopped.", section="summary"))
        drafted = await desk.draft(kept.product, statements=document)
        notice = await desk.notice(drafted.notice)
        told = [(one.section, one.text.splitlines()[0], one.marking) for one in notice.portions[1:4]]
        assert told == [
            (Section.ASSESSMENT, "One author.", AMBER),
            (Section.SUMMARY, "Stopped.", Marking()),
            (Section.INDICATOR, "Observables given by csirt-lu, written so that they cannot be clicked:", RESTRICTED),
        ]
        assert notice.portions[0].text == f"Malware analysis: {desk.reference}"
        assert await desk.readers(drafted.notice) == ("liaison-fr",)
        (product,) = await desk.products()
        assert (product.state, product.assigned_to, product.notice) == (
            ProductState.DRAFTED,
            "malware-analyst-1",
            drafted.notice,
        )
        assert (await desk.view()).products == (product,)
        await desk.release(drafted.notice)
        assert [one.state for one in await desk.products()] == [ProductState.RELEASED]


async def test_the_sections_are_those_of_the_catalogue(tmp_path: Path) -> None:
    """An operational analysis has everything, a situation report no observables; who is named gets it instead."""
    async with workshop(tmp_path) as desk:
        await desk.report("r-1", narrative="what happened", **WORM)
        await desk.contribute("c-1", narrative="what was seen", **WORM)
        texts = {}
        for kind in ("operational-analysis", "situation-report"):
            drafted = await desk.draft(await desk.assigned(kind), named=("poc-de", "poc-fr"))
            assert await desk.readers(drafted.notice) == ("poc-de", "poc-fr")
            texts[kind] = "\n".join(one.text for one in (await desk.notice(drafted.notice)).portions)
        for word in ("what happened", "what was seen", "worm[.]example"):
            assert word in texts["operational-analysis"]
        assert "what happened" in texts["situation-report"]
        assert "what was seen" not in texts["situation-report"]
        assert "worm[.]example" not in texts["situation-report"]


async def test_a_statement_is_marked_like_what_it_rests_on(tmp_path: Path) -> None:
    """Whatever the analyst wrote, it is at least as tight as each report and contribution it names."""
    async with workshop(tmp_path) as desk:
        report = await desk.report("r-1", marking=AMBER)
        given = await desk.contribute("c-1", marking=RESTRICTED)
        document = await stated(desk, statement("Both hold.", derived_from=[report, given]))
        notice = await desk.notice((await desk.draft(await desk.assigned(), statements=document)).notice)
        (told,) = [one for one in notice.portions if one.section is Section.ASSESSMENT]
        assert told.marking == join_all([Marking(), AMBER, RESTRICTED])
        unknown = await stated(desk, statement("x", derived_from=["C-ffff"]))
        with pytest.raises(RefusedError, match="C-ffff: no report and no contribution"):
            await desk.draft(await desk.assigned(), statements=unknown)


async def test_what_is_refused(tmp_path: Path) -> None:
    """Unknown products, people and questions, an empty draft, nobody who has it: each with a reason, and no entry."""
    async with workshop(tmp_path) as desk:
        await desk.report("r-1")
        product = (await desk.request("forensic-report")).product
        before = await desk.entries(*JournalKind)
        with pytest.raises(
            RefusedError, match="horoscope is no product of the catalogue; there is operational-analysis"
        ):
            await desk.request("horoscope")
        with pytest.raises(RefusedError, match="nobody-here is not in the directory"):
            await desk.request(by="nobody-here")
        with pytest.raises(BadInputError):
            await desk.request(question="0" * 64)
        with pytest.raises(RefusedError, match="stranger is not an officer"):
            await desk.assign(product, "stranger")
        with pytest.raises(RefusedError, match=f"PR-0 is no product of {desk.reference}; there is {product}"):
            await desk.assign("PR-0")
        with pytest.raises(RefusedError, match="is assigned to nobody"):
            await desk.draft(product)
        assert await desk.entries(*JournalKind) == before
        await desk.assign(product)
        with pytest.raises(RefusedError, match="There is nothing to tell in this product"):
            await desk.draft(product)
        with pytest.raises(RefusedError, match="R-1: no report and no contribution"):
            await desk.draft(product, items=("R-1",))
        with pytest.raises(RefusedError, match="nobody-here: not in the directory"):
            await desk.draft(product, named=("nobody-here",))
        assert await desk.entries(JournalKind.INVESTIGATION_NOTICE_DRAFTED) == []


async def test_an_overdue_product_raises_itself_once_for_each_time(tmp_path: Path) -> None:
    """When its time has passed, whoever has it; another time for it is a new one, and what is over is silent."""
    async with workshop(tmp_path) as desk:
        await desk.report("r-1", **WORM)
        product = (await desk.request("situation-report")).product
        due = NOON + timedelta(hours=6)
        assert await desk.look(NOON) == due
        assert await desk.entries(JournalKind.INVESTIGATION_PRODUCT_OVERDUE) == []
        for _ in range(2):
            assert await desk.look(due) is None
        (entry,) = await desk.entries(JournalKind.INVESTIGATION_PRODUCT_OVERDUE)
        assert (entry.data["product"], entry.data["state"]) == (product, "requested")
        waits = (await desk.view()).waiting_for
        assert [line for line in waits if product in line] == [
            f"an officer for the product {product} (situation-report for liaison-fr) (product assign)",
            f"the product {product} (situation-report for liaison-fr), which is overdue {TO_DO}",
        ]
        later = due + timedelta(hours=2)
        await desk.assign(product, due_at=later)
        assert [one.overdue for one in await desk.products()] == [False]
        assert await desk.look(due) == later
        await desk.look(later)
        assert len(await desk.entries(JournalKind.INVESTIGATION_PRODUCT_OVERDUE)) == 2
        await desk.release((await desk.draft(product)).notice)
        assert [one.overdue for one in await desk.products()] == [False]
        assert [line for line in (await desk.view()).waiting_for if product in line] == []
        assert await desk.look(later + timedelta(days=9)) is None
        assert len(await desk.entries(JournalKind.INVESTIGATION_PRODUCT_OVERDUE)) == 2


async def test_what_is_over_stays_over(tmp_path: Path) -> None:
    """Withdrawn is withdrawn, also when the answer was lost; what is out is recalled or takes its own place."""
    async with workshop(tmp_path) as desk:
        await desk.report("r-1", **WORM)
        first, second = await desk.assigned(), await desk.assigned()
        for _ in range(2):
            await desk.withdraw(first, key="act/lost")
        with pytest.raises(RefusedError, match="is withdrawn; ask for it anew"):
            await desk.withdraw(first)
        with pytest.raises(RefusedError, match="is withdrawn"):
            await desk.draft(first)
        sent = (await desk.draft(second)).notice
        await desk.release(sent)
        for refused in (desk.withdraw(second), desk.draft(second)):
            with pytest.raises(RefusedError, match=f"was released as {sent}"):
                await refused
        fresh = await desk.draft(second, relation="corrects", earlier=sent)
        assert (await desk.notice(fresh.notice)).earlier == sent
        assert [one.state for one in await desk.products()] == [ProductState.WITHDRAWN, ProductState.DRAFTED]
        await desk.look(NOON + timedelta(days=90))
        raised = await desk.entries(JournalKind.INVESTIGATION_PRODUCT_OVERDUE)
        assert [entry.data["product"] for entry in raised] == [second]


async def test_the_ids_tell_nothing_and_the_journal_holds_no_content(tmp_path: Path) -> None:
    """No number in an id; no word of a statement, a title or an observable in an entry."""
    async with workshop(tmp_path) as desk:
        await desk.contribute("c-1", title="hush", narrative="hush", observables=[{"kind": "mutex", "value": "hush"}])
        first, second = await desk.assigned("operational-analysis"), await desk.assigned("operational-analysis")
        assert first[:3] == second[:3] == "PR-"
        assert len(first) == len(second) == 23
        document = await stated(desk, statement("hush hush"))
        await desk.draft(first, statements=document)
        lines = [entry.line for entry in await desk.entries(*JournalKind)]
        assert not any("hush" in line for line in lines)


async def test_a_draft_carried_out_twice_is_one(tmp_path: Path) -> None:
    """The same act again, after an answer was lost and more has come in, leaves the first notice as it is."""
    async with workshop(tmp_path) as desk:
        await desk.contribute("c-1", **WORM)
        product = await desk.assigned()
        first = await desk.draft(product, key="act/draft")
        before = await desk.notice(first.notice)
        await desk.contribute("c-2", marking=RESTRICTED, **WORM)
        again = await desk.draft(product, key="act/draft")
        assert (again.notice, again.journal_seq, again.marking) == (first.notice, first.journal_seq, first.marking)
        assert await desk.notice(first.notice) == before
        kinds = (JournalKind.INVESTIGATION_NOTICE_DRAFTED, JournalKind.INVESTIGATION_PRODUCT_DRAFTED)
        assert [entry.kind for entry in await desk.entries(*kinds)] == list(kinds)
        assert before.kind is NoticeKind.PRODUCT
