"""Packages: what is chosen for a country and who gets it, and what the officer is told of it."""

from pathlib import Path
from typing import Any

import pytest
from pysequoia import Tsk

from leerp.errors import RefusedError
from leerp.formats.assignments import read_assignments
from leerp.journal import JournalKind
from leerp.marking import Level, Marking
from leerp.notices import Notice, Section
from leerp.packages import Package
from records import products
from tests.secret_files import secret_file
from tests.workshop import Workshop, workshop

RESTRICTED = Marking(level=Level.RESTREINT)


def seen(*values: str, kind: str = "domain") -> dict[str, Any]:
    """Observables of one kind."""
    return {"observables": [{"kind": kind, "value": value} for value in values]}


def told(notice: Notice) -> dict[str, set[str]]:
    """What is told of which item, by its provider: its title, and its observables."""
    found: dict[str, set[str]] = {}
    for one in notice.portions:
        if one.section is Section.FACT:
            lines = one.text.splitlines()
            provider = next(line.split()[2] for line in lines if line.startswith("Given by "))
            found.setdefault(provider, set()).add(lines[0])
        if one.section is Section.INDICATOR and one.said:
            found.setdefault(one.text.split()[3].rstrip(","), set()).update(each.value for each in one.said.observables)
    return found


async def packages(desk: Workshop) -> list[Package]:
    """The packages as the journal tells them."""
    async with desk.house.store.reading() as connection:
        return await products.packages(connection, desk.reference)


async def fill(desk: Workshop) -> None:
    """Something for Germany by each reason, and something that is not."""
    await desk.report("r-de", "csirt-lu", facts={"countries": ["DE", "ES"]}, marking=RESTRICTED, **seen("a.example"))
    await desk.report("r-es", "partner-bank", facts={"countries": ["ES"]}, **seen("b.es"))
    await desk.contribute("c-de", "poc-de", **seen("c.example"))
    await desk.contribute("c-mixed", "poc-fr", **seen("d.de", "e.fr", "f.example"))
    await desk.contribute("c-none", "poc-no", **seen("g.no"))


async def test_what_concerns_the_country_is_chosen_and_its_law_enforcement_gets_it(tmp_path: Path) -> None:
    """Whole items, observables alone, assigned ones; each under its marking and grade. The journal has the reasons."""
    async with workshop(tmp_path) as desk:
        await fill(desk)
        whose = read_assignments(b"observable,country\nf.example,DE\nh.example,DE\ng.no,FR\n", name="whose.csv")
        drafted = await desk.package("DE", assigned=await desk.keep(whose))
        notice = await desk.notice(drafted.notice)
        assert told(notice) == {
            "csirt-lu": {"title of r-de", "a.example"},
            "poc-de": {"title of c-de", "c.example"},
            "poc-fr": {"d.de", "f.example"},
        }
        assert {one.marking for one in notice.portions if "csirt-lu" in one.text} == {RESTRICTED}
        assert await desk.readers(drafted.notice) == ("liaison-de", "poc-de")
        assert drafted.notes == (
            "Its bundle is NOT SIGNED: no signing key is set.",
            "1 assigned observables are in nothing that was given here.",
        )
        (built,) = await packages(desk)
        assert (built.country, built.whole, built.parts, built.observables) == ("DE", 2, 1, 4)
        assert built.because == {
            "assigned_by_an_officer": 1,
            "given_by_the_country": 1,
            "names_the_country": 1,
            "under_its_country_code": 1,
        }
        assert (built.unmatched, built.signed, built.released) == (1, False, False)
        await desk.release(drafted.notice)
        assert [one.released for one in await packages(desk)] == [True]


async def test_nothing_that_counts_the_others_is_in_it(tmp_path: Path) -> None:
    """No classification, no sums, no hits, no plan: every portion is of one item, or says that there is a package."""
    async with workshop(tmp_path) as desk:
        await fill(desk)
        notice = await desk.notice((await desk.package("DE")).notice)
        used = {Section.TITLE, Section.FACT, Section.INDICATOR, Section.CONTACT}
        assert {one.section for one in notice.portions} == used


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ({"country": "DE", "named": ("poc-fr", "poc-de")}, "poc-fr: not of DE; its package goes to nobody else"),
        ({"country": "DE", "named": ("eeas",)}, "eeas: not of DE"),
        ({"country": "DE", "named": ("nobody-here",)}, "nobody-here: not in the directory"),
        ({"country": "MT"}, "no law enforcement of MT; name who is to get it"),
        ({"country": "IT"}, "There is nothing to tell in this package"),
        ({"country": "DE", "items": ("C-1",)}, "C-1: no report and no contribution"),
        ({"country": "DE", "relation": "replaces", "earlier": "N-1"}, "N-1 is no package of DE"),
    ],
)
async def test_what_is_refused(tmp_path: Path, how: dict[str, Any], fault: str) -> None:
    """Readers of another country, nobody, nothing, another's package: each with a reason, and nothing is kept."""
    async with workshop(tmp_path) as desk:
        await fill(desk)
        with pytest.raises(RefusedError, match=fault):
            await desk.package(**how)
        assert await desk.entries(JournalKind.INVESTIGATION_PACKAGE_BUILT) == []
        assert (await desk.view()).notices == ()


async def test_it_can_be_built_in_parts(tmp_path: Path) -> None:
    """More observables than one notice tells are refused with a way out, which works."""
    async with workshop(tmp_path) as desk:
        parts = [
            await desk.contribute(
                f"c-{part}", "poc-de", **seen(*(f"h{number}.{part}.example" for number in range(10_001)))
            )
            for part in ("a", "b")
        ]
        with pytest.raises(RefusedError, match="20002 observables, and at most 20000 fit; build it in parts"):
            await desk.package("DE")
        drafted = await desk.package("DE", items=(parts[1],))
        assert len(told(await desk.notice(drafted.notice))["poc-de"]) == 10_002


async def test_the_officer_is_told_whose_channels_carry_no_bundle(tmp_path: Path) -> None:
    """Forms are the operator's to settle; that a reader gets the text alone must not surprise anybody."""
    async with workshop(tmp_path / "default") as desk:
        await fill(desk)
        assert not [note for note in (await desk.package("DE")).notes if "No channel" in note]
    path = tmp_path / "text" / "config" / "channels.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "channels:\n  email: {type: outbox, maximum: BPL, forms: [text]}\n"
        "  secure: {type: outbox, maximum: CONFIDENTIEL, forms: [text, pdf]}\n  outbox: {type: outbox, maximum: BPL}\n"
    )
    async with workshop(tmp_path / "text") as desk:
        await fill(desk)
        notes = (await desk.package("DE")).notes
        assert "No channel of liaison-de, poc-de carries a bundle: the text alone goes there." in notes


async def test_a_package_that_must_be_signed_and_cannot_be_is_not_built(tmp_path: Path) -> None:
    """Fail closed, with the reason; with the key in its place it is built, and signed."""
    key = tmp_path / "key.asc"
    async with workshop(tmp_path / "without", signing_required=True) as desk:
        await fill(desk)
        with pytest.raises(RefusedError, match="cannot be signed, and was not built: packages must be signed"):
            await desk.package("DE")
    async with workshop(tmp_path / "with", signing_key_file=key) as desk:
        await fill(desk)
        with pytest.raises(RefusedError, match=f"cannot be signed, and was not built: {key}: cannot be read"):
            await desk.package("DE")
        secret_file(key, str(Tsk.generate("Centre <ecc@ec3.example>")))
        assert (await desk.package("DE")).notes == ()
        assert [one.signed for one in await packages(desk)] == [True]


async def test_in_an_exercise_nothing_is_signed(tmp_path: Path) -> None:
    """The centre's key never stands under what did not happen, even where it is named and required."""
    key = secret_file(tmp_path / "key.asc", str(Tsk.generate("Centre <ecc@ec3.example>")))
    async with workshop(tmp_path, mode="exercise", signing_key_file=key, signing_required=True) as desk:
        assert desk.house.rooms.sealing.signs() is False
