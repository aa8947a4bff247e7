"""`leerp evidence`, as officers use it from intake to a bag that others verify."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from leerp.evidence import MAX_EVIDENCE_BYTES
from leerp.journal import JournalKind, seal
from leerp.timestamps import canonical_authorities
from tests.desk.commands import Commands
from tests.drill import report_file
from tests.evidence_cast import described
from tests.timestamping import Running, running_authority

WHO = ("--as", "duty-officer", "--reason", "as asked")


@pytest.fixture
def reference(leerp: Commands, tmp_path: Path) -> str:
    """An incident of one report."""
    path = tmp_path / "report.json"
    path.write_bytes(report_file(1))
    said = leerp("report", str(path), "--json").json
    return str(said[0]["receipt"]["incident"] if "receipt" in said[0] else said[0]["incident"])


def added(leerp: Commands, reference: str, tmp_path: Path, *more: str) -> dict[str, Any]:
    """Add a file; the item."""
    path = tmp_path / "disk.img"
    path.write_bytes(b"\x1b[2J the image \xff")
    basis = ("--from", "csirt-fr", "--basis", "order", "--authority", "Investigating judge")
    said = leerp("evidence", "add", reference, str(path), *basis, *WHO, "--json", *more)
    assert (said.code, said.err) == (0, "")
    item: dict[str, Any] = said.json
    return item


def test_from_a_file_to_a_verified_bag(leerp: Commands, reference: str, tmp_path: Path) -> None:
    """Add, describe, look, check, refuse, export, verify: each says what it did, and the chain tells all of it."""
    item = added(leerp, reference, tmp_path, "--level", "BPL")
    assert [one["id"] for one in leerp("evidence", "list", reference, "--json").json][1] == item["id"]
    description = tmp_path / "known.json"
    description.write_text(described(item["sha256"]).model_dump_json(exclude_none=True), encoding="utf-8")
    told = leerp("evidence", "describe", reference, item["id"], str(description), *WHO, "--json").json
    assert [one["verdict"] for one in told["conditions"]] == ["met"] * 9 + ["not_met"]
    shown = tmp_path / "shown.img"
    assert leerp("evidence", "show", reference, item["id"], "--out", str(shown), *WHO).code == 0
    assert shown.read_bytes() == (tmp_path / "disk.img").read_bytes()
    assert leerp("evidence", "check", reference, *WHO, "--json").json == {"items": 2, "changed": []}
    refused = leerp("evidence", "status", reference, item["id"], "evidential", *WHO)
    assert (refused.code, "independently-verified" in refused.err) == (1, True)
    assert leerp("evidence", "status", reference, item["id"], "candidate", *WHO).code == 0
    bag = tmp_path / "bag"
    out = leerp("evidence", "export", reference, "--out", str(bag), "--for", "eurojust", *WHO, "--json").json
    assert (out["for"], len(out["items"])) == ("eurojust", 2)
    assert leerp("evidence", "verify", str(bag), "--json").json["export"] == out["export"]
    handed = ("--item", item["id"], "--to", "eurojust", "--via", "courier", *WHO)
    assert leerp("evidence", "transfer", reference, *handed).code == 0
    chain = leerp("evidence", "custody", reference, item["id"])
    words = ("acquired", "described", "accessed", "verified", "status_set", "exported", "transferred")
    assert [word for word in words if word not in chain.out] == []
    assert "national law" in chain.out


def test_the_report_is_shown_by_its_own_id_and_a_terminal_is_not_obeyed(
    leerp: Commands, reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came in is shown as text; on a terminal, signs that it obeys are replaced."""
    report = leerp("evidence", "list", reference, "--json").json[0]["of"]
    assert "Hospitals encrypted" in leerp("evidence", "show", reference, report, *WHO, "--json").json["text"]
    item = added(leerp, reference, tmp_path)["id"]
    assert "\x1b" in leerp("evidence", "show", reference, item, *WHO).out
    monkeypatch.setattr("desk.cli.evidence.on_terminal", lambda: True)
    assert "\x1b" not in leerp("evidence", "show", reference, item, *WHO).out


_ADD = ("evidence", "add", "REF", "CA", "--from", "csirt-fr", "--basis", "order", "--authority", "y")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("evidence", "export", "REF", "--out", "OUT"), "say for whom it is"),
        (("evidence", "export", "REF", "--out", "OUT", "--for", "eurojust", "--again", "X-1"), "say for whom it is"),
        (("evidence", "export", "REF", "--out", "HERE", "--for", "eurojust"), "is there already"),
        (("evidence", "export", "REF", "--out", "OUT", "--for", "eurojust", "--item", "E-none"), "has no evidence"),
        (("evidence", "show", "REF", "E-none"), "has no evidence"),
        (("evidence", "list", "LEERP-1999-0001"), "LEERP-1999-0001"),
        (("evidence", "timestamp", "REF", "--all"), "name one incident, or --all"),
        (("evidence", "timestamp"), "name one incident, or --all"),
        (("evidence", "timestamp", "REF"), "no timestamp authority is known"),
        (("evidence", "timestamp", "REF", "--tsa", "https://127.0.0.1/", "--ca-file", "CA"), "this machine itself"),
        (("evidence", "verify", "OUT"), "is no folder"),
        (("evidence", "add", "REF", "HERE", "--from", "x", "--basis", "order", "--authority", "y"), "no regular file"),
        (
            ("evidence", "add", "REF", "HUGE", "--from", "x", "--basis", "order", "--authority", "y"),
            "more than the 100",
        ),
        (
            (*_ADD, "--basis-at", "2026-03-01T12:00:00"),
            "offset from UTC",
        ),
    ],
)
def test_wrong_use_is_one_sentence_and_leaves_nothing(
    leerp: Commands, reference: str, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Exit code 2 with what is wrong, and neither a folder nor a record of evidence."""
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(MAX_EVIDENCE_BYTES + 1)
    authority = tmp_path / "ca.pem"
    authority.write_bytes(_pem(tmp_path))
    places = {
        "REF": reference,
        "OUT": str(tmp_path / "out"),
        "HERE": str(tmp_path),
        "HUGE": str(huge),
        "CA": str(authority),
    }
    acts = words[1] not in ("verify", "list")
    answer = leerp(*(places.get(word, word) for word in words), *(WHO if acts else ()))
    assert (answer.code, said in answer.err) == (2, True), answer.err
    assert not (tmp_path / "out").exists()
    lines = leerp("journal", "export", reference, "--json").json
    assert not any("investigation.evidence" in line for line in lines)


def _pem(folder: Path) -> bytes:
    from tests.timestamping import timestamp_authority  # noqa: PLC0415 - for this alone

    return canonical_authorities(timestamp_authority(folder / "tsa").ca_file.read_bytes())


def _configure(leerp: Commands, running: Running) -> None:
    """Write timestamps.yaml."""
    settings = json.loads(running.settings.model_dump_json(exclude_none=True))
    for exemption in settings["exemptions"]:
        exemption.pop("host", None)
    (leerp.home / "config" / "timestamps.yaml").write_text(json.dumps(settings), encoding="utf-8")


async def test_timestamps_by_hand_and_for_every_incident(leerp: Commands, reference: str, tmp_path: Path) -> None:
    """By timestamps.yaml over TLS; --all stamps where something is new and nothing twice; exit code 3 if it is away."""
    async with running_authority(tmp_path) as running:
        _configure(leerp, running)
        words = ("evidence", "timestamp", reference, "--as", "duty-officer")
        said = await asyncio.to_thread(leerp, *words, "--json")
        assert (said.code, said.json["tsa"]) == (0, "CN=Timestamps")
        everything = ("evidence", "timestamp", "--all", "--as", "duty-officer")
        for _ in range(2):
            assert (await asyncio.to_thread(leerp, *everything, "--json")).json == []
        assert (await asyncio.to_thread(leerp, *words)).code == 1
        await asyncio.to_thread(leerp, "evidence", "check", reference, *WHO)
        assert [one["incident"] for one in (await asyncio.to_thread(leerp, *everything, "--json")).json] == [reference]
        await asyncio.to_thread(leerp, "evidence", "check", reference, *WHO)
    assert (await asyncio.to_thread(leerp, *words)).code == 3


def test_any_line_end_that_people_write_is_no_end_of_a_journals_line(leerp: Commands, tmp_path: Path) -> None:
    """A reason with the line separators of Unicode verifies from its exported file."""
    path = tmp_path / "journal.jsonl"
    entry = seal(
        seq=1,
        incident="desk",
        at=datetime(2026, 3, 1, tzinfo=UTC),
        actor="duty-officer",
        kind=JournalKind.DESK_ACT_REFUSED,
        data={"reason": "one\u2028two\u0085three\u2029four\x0bfive"},
        prev="0" * 64,
    )
    path.write_text(f"{entry.line}\n", encoding="utf-8")
    assert leerp("journal", "verify", str(path)).code == 0
