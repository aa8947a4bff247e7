"""Rule 2: the provider's grade stands; none, and no agreement, is X4; scales are never converted."""

import json
from typing import Any

import pytest

from activities.intake import Arrival
from desk.assembly import wall_clock
from leerp.grades import UNGRADED, Grade, Scale
from leerp.incidents import Classification
from leerp.journal import JournalEntry, JournalKind
from leerp.protocol import ActName, GradeAct, Receipt
from matrices.grading import doubted, may_change, relied_on, standing
from records import journal
from tests.conftest import OpenDrill
from tests.drill import Drill, report_file

B2 = Grade(scale=Scale.FOUR_BY_FOUR, code="B2")
A1 = Grade(scale=Scale.FOUR_BY_FOUR, code="A1")
NATO_B2 = Grade(scale=Scale.ADMIRALTY, code="B2")


def test_the_grade_of_the_provider_stands() -> None:
    """What the provider gave stands as given, with its scale."""
    assert standing(B2) == B2
    assert standing(NATO_B2) == NATO_B2


def test_no_grade_is_x4() -> None:
    """Where the provider gave no grade, X4 stands."""
    assert standing(None) == UNGRADED
    assert str(standing(None)) == "X4 (4x4)"


@pytest.mark.parametrize("stands", [B2, NATO_B2, UNGRADED])
def test_no_change_without_agreement(stands: Grade) -> None:
    """Neither a grade that was given nor X4 is changed without the provider's agreement; with it, both are."""
    assert not may_change(stands, A1, provider_agrees=False)
    assert may_change(stands, A1, provider_agrees=True)


@pytest.mark.parametrize("stands", [B2, NATO_B2, UNGRADED])
def test_the_centre_grades_open_sources(stands: Grade) -> None:
    """What the centre collected itself has no provider but the centre, which may grade it anew."""
    assert may_change(stands, A1, provider_agrees=False, open_source=True)


def test_the_same_letters_on_another_grid_are_a_change() -> None:
    """B2 of the Admiralty grid is not B2 of the 4x4 grid: nothing is converted in silence."""
    assert not may_change(B2, NATO_B2, provider_agrees=False)


def test_what_stands_may_be_confirmed() -> None:
    """To propose what stands changes nothing and needs nobody."""
    assert may_change(B2, B2, provider_agrees=False)
    assert may_change(UNGRADED, UNGRADED, provider_agrees=False)


@pytest.mark.parametrize(("code", "expected"), [("X4", (False, False)), ("C3", (True, False)), ("B2", (False, True))])
def test_cannot_be_judged_is_unknown(code: str, expected: tuple[bool, bool]) -> None:
    """X is neither doubted nor relied on: it is unknown, not a midpoint."""
    grade = Grade(scale=Scale.FOUR_BY_FOUR, code=code)
    assert (doubted(grade), relied_on(grade)) == expected


@pytest.mark.parametrize(("code", "expected"), [("F6", (False, False)), ("D3", (True, False)), ("C2", (False, True))])
def test_each_grid_has_its_own_letters(code: str, expected: tuple[bool, bool]) -> None:
    """On the Admiralty grid C is fairly reliable and F cannot be judged."""
    grade = Grade(scale=Scale.ADMIRALTY, code=code)
    assert (doubted(grade), relied_on(grade)) == expected


async def graded(drill: Drill, report: str, grade: Grade, **fields: Any) -> Receipt:
    """Propose a grade for a report, as an officer would."""
    return await drill.act(ActName.GRADE, GradeAct, report=report, grade=grade, **fields)


async def stands(drill: Drill) -> dict[str, str]:
    """The grade that stands for each report of a source."""
    return {one.source: str(one.grade) for one in (await drill.view()).reports}


async def entries(drill: Drill, *kinds: JournalKind) -> list[JournalEntry]:
    """What the journal says of some kinds."""
    async with drill.house.store.reading() as connection:
        return await journal.entries(connection, drill.reference, kinds=set(kinds))


async def test_a_grade_goes_the_way_of_article_29(open_drill: OpenDrill) -> None:
    """X4 stands until the provider agrees; what it agreed to is not taken back without it; the receipt says which."""
    async with open_drill() as drill:
        await drill.classified()
        report = (await drill.view()).reports[0].id
        proposed = await graded(drill, report, B2)
        assert (proposed.pending_approval, await stands(drill)) == (True, {"csirt-fr": "X4 (4x4)"})
        agreed = await graded(drill, report, B2, provider_agrees=True)
        assert (agreed.pending_approval, await stands(drill)) == (False, {"csirt-fr": "B2 (4x4)"})
        taken_back = await graded(drill, report, UNGRADED)
        assert (taken_back.pending_approval, await stands(drill)) == (True, {"csirt-fr": "B2 (4x4)"})
        confirmed = await graded(drill, report, B2)
        assert confirmed.sentence == f"The grade of {report} is now B2 (4x4)."
        kinds = (JournalKind.TRIAGE_GRADE_PROPOSED, JournalKind.TRIAGE_GRADE_CHANGED)
        assert [(one.kind.value.split(".")[-1], "by" in one.data) for one in await entries(drill, *kinds)] == [
            ("proposed", False),
            ("changed", False),
            ("proposed", False),
            ("changed", False),
        ]


async def test_an_open_source_is_graded_by_the_centre(open_drill: OpenDrill) -> None:
    """Without anybody's agreement, on record as the centre's own, and the classification follows the new grade."""
    async with open_drill() as drill:
        content = json.loads(report_file(1, source="ec3", grade=B2.model_dump(mode="json")))
        receipt = await drill.house.intake.report(
            json.dumps(content).encode(),
            name="article.json",
            arrival=Arrival(wall_clock(), "drill"),
            open_source=True,
            origin="The Daily Byte",
        )
        drill.reference = receipt.incident
        await drill.classified_again()
        assert await confidence(drill) == "moderate"
        changed = await graded(drill, receipt.report, Grade(scale=Scale.FOUR_BY_FOUR, code="X4"))
        assert (changed.pending_approval, await stands(drill)) == (False, {"ec3": "X4 (4x4)"})
        assert await confidence(drill) == "low"
        kinds = (JournalKind.TRIAGE_GRADE_RECORDED, JournalKind.TRIAGE_GRADE_CHANGED)
        assert [(one.actor, one.data["by"]) for one in await entries(drill, *kinds)] == [
            ("leerp", "centre"),
            ("duty-officer", "centre"),
        ]


async def confidence(drill: Drill) -> str:
    """How far the level may be relied on, in a word."""
    told = await classification(drill)
    assert told.confidence is not None
    return told.confidence.word.value


async def classification(drill: Drill) -> Classification:
    """The classification in force."""
    told = (await drill.view()).classification
    assert told is not None
    return told


async def test_two_who_quote_one_are_one_origin_and_nobody_learns_its_name(open_drill: OpenDrill) -> None:
    """The directory knows an origin by any of its names. View and journal hold counts, and no name of an origin."""
    async with open_drill() as drill:
        quoted = {"grade": B2.model_dump(mode="json"), "origin": "Source Nightingale"}
        await drill.report(1, **quoted)
        await drill.report(1, id="another", title="Same news", source="csirt-de", **quoted)
        await drill.report(1, id="third", title="Heard of it", source="csirt-lu", origin="CERT-Bund")
        await drill.report(1, id="fourth", title="Seen here, too", source="csirt-nl")
        view = await drill.until(
            lambda now: now.classification is not None and counted(now.classification)[1] > 1, "the last report"
        )
        assert view.classification is not None
        assert counted(view.classification) == (2, 2)
        written = await entries(drill, JournalKind.TRIAGE_INCIDENT_CLASSIFIED)
        assert written[-1].data["corroboration"] == [
            one.model_dump(mode="json") for one in view.classification.corroboration
        ]
        assert "Nightingale" not in view.model_dump_json() + "".join(await drill.lines())


def counted(told: Classification) -> tuple[int, int]:
    """How many origins stand behind the activity, and behind the service impact."""
    origins = {one.fact: one.origins for one in told.corroboration}
    return origins["activity"], origins["service_impact"]
