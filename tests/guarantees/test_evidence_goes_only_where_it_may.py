"""Evidence taken out: only for a reader who may have it, recorded first, whole or not at all, always the same."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

import activities.evidence_export
from desk.bag_verifying import verify_bag
from desk.bags import write_bag
from leerp.consents import ConsentWord
from leerp.errors import BadInputError, RefusedError
from leerp.marking import Handling, HandlingCode, Level, Marking, Tlp
from leerp.protocol import RefusalReason
from records import consents
from tests.evidence_cast import ANALYST, IMAGE, NOON, OFFICER, Case, open_case
from tests.servers import ROOT
from tests.timestamping import timestamp_authority

PLAIN = Marking(level=Level.BPL)


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    """An incident of one report; no engine and no worker."""
    async with open_case(tmp_path / "home") as opened:
        yield opened


def contents(bag: Path) -> dict[str, bytes]:
    """Every file of a bag with its bytes."""
    return {str(path.relative_to(bag)): path.read_bytes() for path in sorted(bag.rglob("*")) if path.is_file()}


def named(folder: Path, word: str) -> list[str]:
    """What has a word in its name."""
    return [path.name for path in folder.iterdir() if word in path.name]


async def refused(case: Case, **wish: object) -> RefusedError:
    """That an export is refused, with a line and without another trace."""
    before = len(await case.entries("investigation.evidence"))
    with pytest.raises(RefusedError) as caught:
        await case.prepare(**wish)  # type: ignore[arg-type]
    assert len(await case.entries("investigation.evidence")) == before
    assert (await case.entries("desk.act.refused"))[-1].data["why"] == caught.value.reason
    return caught.value


@pytest.mark.parametrize(
    ("marking", "reader", "why"),
    [
        (Marking(level=Level.CONFIDENTIEL), "csirt-lu", "clearance_too_low"),
        (Marking(level=Level.RESTREINT), "csirt-de", "channel_below_marking"),
        (PLAIN, "poc-us", "clearance_unknown"),
        (Marking(level=Level.SECRET), "eurojust", "channel_below_marking"),
        (Marking(tlp=Tlp.RED), "liaison-de", "tlp_named_recipients_only"),
        (Marking(releasable_to=(("country:DE",),)), "eurojust", "not_releasable"),
        (PLAIN, "partner-bank", "personal_data_to_private_party"),
    ],
)
async def test_a_reader_who_may_not_have_an_item_gets_no_bag(
    case: Case, marking: Marking, reader: str, why: str
) -> None:
    """By clearance, channel, TLP, releasability, and as a private party; the item is named with the reason."""
    item = await case.add(marking=marking)
    error = await refused(case, reader=reader, items=[item.id], extract=True)
    assert (error.reason, item.id in error.sentence) == (RefusalReason.NOT_PERMITTED, True)
    assert why in error.sentence


async def test_an_unknown_reader_and_an_analyst_are_refused(case: Case) -> None:
    """Evidence goes to nobody who is unknown, and an analyst takes nothing out."""
    assert (await refused(case, reader="nobody")).reason == RefusalReason.UNKNOWN_SUBJECT
    wish = activities.evidence_export.Wish(reader="eurojust")
    with pytest.raises(RefusedError) as caught:
        await case.exports.prepare(case.reference, wish, actor=case.who(ANALYST), reason="asked")
    assert caught.value.reason == RefusalReason.NOT_AUTHORISED


async def test_h2_needs_the_providers_permission_and_h3_a_person_who_has_read_it(case: Case) -> None:
    """Without either it is refused; the permission for the incident and the word of the officer let it go."""
    codes = (
        Handling(code=HandlingCode.H2, provider="csirt-fr"),
        Handling(code=HandlingCode.H3, provider="csirt-fr", text="Not to be shown to a defendant"),
    )
    item = await case.add(marking=Marking(handling=codes))
    assert "provider_consent_missing" in (await refused(case, items=[item.id], extract=True)).sentence
    word = ConsentWord(
        incident=case.reference,
        notice=None,
        provider="csirt-fr",
        reader="eurojust",
        given=True,
        at=NOON,
        actor=OFFICER,
        via="telephone",
    )
    async with case.house.store.writing() as tx:
        await consents.put(tx, [word])
    assert "restriction_not_read" in (await refused(case, items=[item.id], extract=True)).sentence
    prepared = await case.prepare(items=[item.id], extract=True, restrictions_read=True)
    assert prepared.export.items == (item.id,)


async def test_the_journal_goes_only_to_whom_may_see_the_whole_incident(case: Case, tmp_path: Path) -> None:
    """One item that a reader may have, one that it may not: no bag with the journal, but an extract of the first."""
    mine = await case.add(b"mine", marking=PLAIN)
    hidden = await case.add(b"hidden", marking=Marking(releasable_to=(("country:DE",),)))
    assert "--extract leaves it out" in (await refused(case, reader="csirt-lu", items=[mine.id])).sentence
    assert hidden.id in (await refused(case, reader="csirt-lu")).sentence
    bag = await case.export(tmp_path / "bag", reader="csirt-lu", items=[mine.id], extract=True)
    found = verify_bag(bag)
    assert (found.export.extract, [one.id for one in found.items], found.stamps) == (True, [mine.id], ())
    assert not (bag / "data/journal.jsonl").exists()


async def test_an_extract_does_not_tell_that_there_is_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden reports, files, checks, timestamps and an earlier export together: the reader's bytes are the same."""
    bags = []
    for name, more in (("without", False), ("with", True)):
        ids = count(1)
        monkeypatch.setattr(activities.evidence_export, "new_act_id", lambda ids=ids: f"A-{next(ids)}")
        async with open_case(tmp_path / name, minutes=0) as case:
            mine = await case.add(b"mine", marking=PLAIN)
            await case.describe(mine)
            also = [mine.id]
            if more:
                await case.report(2, source="poc-no", marking={"level": "RESTREINT"})
                hidden = await case.add(b"hidden", marking=Marking(releasable_to=(("reader:eurojust",),)))
                await case.stamp(timestamp_authority(tmp_path / "tsa"))
                also.append(hidden.id)
            await case.prepare(items=also)
            await case.acts.check(case.reference, actor=case.who(), reason="weekly")
            bags.append(
                contents(await case.export(tmp_path / f"{name}-bag", reader="csirt-lu", items=[mine.id], extract=True))
            )
    assert bags[0] == bags[1]
    assert b"hidden" not in b"".join(bags[1].values())


async def test_an_export_is_recorded_with_each_item_before_it_is_written(case: Case, tmp_path: Path) -> None:
    """Who, for whom, why and in which export stands in the custody of each item, and in the bag itself."""
    item = await case.add()
    prepared = await case.prepare()
    entries = await case.entries("investigation.evidence.exported")
    assert [one.data["for"] for one in entries] == ["eurojust", "eurojust"]
    assert {one.data["export"] for one in entries} == {prepared.export.id}
    assert named(tmp_path, "bag") == []
    bag = await case.export(tmp_path / "bag", items=[item.id])
    custody = json.loads((bag / "data/custody.json").read_text())
    (told,) = custody["items"]
    assert [one["action"] for one in told["custody"]] == ["acquired", "described", "exported", "exported"]
    assert (bag / "data/originals" / item.id).read_bytes() == IMAGE


async def test_the_same_export_again_is_the_same_bytes(case: Case, tmp_path: Path) -> None:
    """Months and many entries later: made again from its entry, byte for byte, and that too is recorded."""
    item = await case.add()
    await case.stamp(timestamp_authority(tmp_path / "tsa"))
    first = await case.export(tmp_path / "first")
    export = verify_bag(first).export.id
    await case.describe(item)
    await case.stamp(timestamp_authority(tmp_path / "tsa-2"))
    await case.report(2)
    again = await case.export(tmp_path / "again", reader="", again=export)
    assert contents(again) == contents(first)
    assert (await case.entries("investigation.evidence.exported"))[-1].data["again"] == export
    with pytest.raises(BadInputError, match="has no export"):
        await case.prepare(reader="", again="X-none")


async def test_two_bags_of_one_state_are_the_same_bytes(case: Case, tmp_path: Path) -> None:
    """Written twice from one export, to two places."""
    await case.add()
    prepared = await case.prepare()
    await write_bag(prepared, tmp_path / "one")
    await write_bag(prepared, tmp_path / "two")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


async def test_nothing_is_overwritten_and_no_other_may_read_it(case: Case, tmp_path: Path) -> None:
    """A name that is taken, by a folder, a file or a link, is refused; what is written is for its owner alone."""
    await case.add()
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("folder", "file", "link"):
        with pytest.raises(BadInputError, match="is there already"):
            await case.export(tmp_path / name)
    bag = await case.export(tmp_path / "bag")
    assert {path.stat().st_mode & 0o077 for path in (bag, *bag.rglob("*"))} == {0}
    assert named(tmp_path, "partial") == []


async def test_an_export_that_is_killed_leaves_no_partial_bag(case: Case, tmp_path: Path) -> None:
    """Killed at many steps of writing: nothing under the name, or a whole bag; the next one removes what was left."""
    await case.add()
    folder = tmp_path / "out"
    folder.mkdir()
    home = case.house.settings.home
    command = [sys.executable, "-m", "tests.killed_exports", str(home), case.reference, str(folder / "bag"), "20"]
    attempts = [json.loads(line) for line in (await asyncio.to_thread(run, command)).splitlines()]
    first, *killed, last = attempts
    assert (len(killed) >= 5, all(one["killed"] for one in killed)) == (True, True)
    # The name is given in the last step but one: only whoever dies after that has left a bag, and it was whole.
    assert [one["there"] for one in killed] == [False] * (len(killed) - 1) + [True]
    assert [one["left"] for one in killed] == [1] * (len(killed) - 1) + [0]
    for one in (first, last):
        assert (one["killed"], one["there"], one["left"]) == (False, True, 0)
    assert len(await case.entries("investigation.evidence.exported")) == 2 * len(attempts)


def run(command: list[str]) -> str:
    """What a process prints that must end well."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout


async def test_handing_over_is_recorded_for_readers_who_may_have_it(case: Case) -> None:
    """To whom and over which way; a stakeholder who may not have it is refused."""
    item = await case.add(marking=PLAIN)
    wish = activities.evidence_export.Wish(reader="eurojust", items=[item.id])
    await case.exports.transfer(case.reference, wish, via="courier", actor=case.who(), reason="ordered")
    (entry,) = await case.entries("investigation.evidence.transferred")
    assert (entry.data["to"], entry.data["via"]) == ("eurojust", "courier")
    wish = activities.evidence_export.Wish(reader="poc-us", items=[item.id])
    with pytest.raises(RefusedError, match="clearance_unknown"):
        await case.exports.transfer(case.reference, wish, via="courier", actor=case.who(), reason="ordered")
