"""`leerp report`: what is taken in, and what is refused with one sentence and nothing half-stored."""

import hashlib
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.desk.commands import Commands

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NOW = datetime.now(UTC)


def own(**more: Any) -> dict[str, Any]:
    """A report in our own form."""
    return {
        "source": "csirt-fr",
        "id": "case-1",
        "reported_at": NOW.isoformat(),
        "title": "Screens are black",
        "observables": [{"kind": "domain", "value": "bad.example"}],
        **more,
    }


def written(folder: Path, name: str, content: bytes | str | dict[str, Any] | list[Any]) -> str:
    """A file with this content; its path."""
    path = folder / name
    if isinstance(content, dict | list):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def misp(**more: Any) -> dict[str, Any]:
    """A MISP event as MISP exports it, with tags."""
    event = {
        "uuid": "11111111-2222-4333-8444-555555555555",
        "info": "Wave of encryption",
        "date": "2026-11-20",
        "timestamp": "1763600000",
        "Orgc": {"name": "CIRCL", "uuid": "55f6ea5e-2c60-40e5-964f-47a8950d210f"},
        "Attribute": [{"type": "domain", "value": "bad.example", "uuid": "11111111-2222-4333-8444-555555555556"}],
        "Object": [],
        **more,
    }
    return {"Event": event}


def journal_of_the_desk(leerp: Commands) -> list[dict[str, Any]]:
    """What the desk's own journal says."""
    return list(leerp("incident", "journal", "desk", "--json").json)


def test_created_joined_and_duplicate(leerp: Commands, tmp_path: Path) -> None:
    """The first report opens an incident, one with a shared observable joins it, the same one again is a duplicate."""
    first = leerp("report", written(tmp_path, "a.json", own()), "--json")
    second = leerp("report", written(tmp_path, "b.json", own(source="csirt-de", title="Same here")), "--json")
    third = leerp("report", written(tmp_path, "c.json", own()), "--json")
    answers = [said.json[0] for said in (first, second, third)]
    assert [one["outcome"] for one in answers] == ["created", "joined", "duplicate"]
    assert len({one["incident"] for one in answers}) == 1
    assert answers[1]["because"] == ["domain:bad.example"]


@pytest.mark.parametrize("common", ["8.8.8.8", "192.168.1.7", "www.google.com"])
def test_what_everybody_has_does_not_join(common: str, leerp: Commands, tmp_path: Path) -> None:
    """Public resolvers, private ranges and top sites correlate nothing."""
    kind = "domain" if common[0].isalpha() else "ipv4"
    shared = [{"kind": kind, "value": common}]
    first = leerp("report", written(tmp_path, "a.json", own(observables=shared)), "--json")
    other = own(source="csirt-de", id="x", title="Something else", observables=shared)
    second = leerp("report", written(tmp_path, "b.json", other), "--json")
    assert [first.json[0]["outcome"], second.json[0]["outcome"]] == ["created", "created"]


def test_a_misp_event_keeps_its_tags_and_its_source(leerp: Commands, tmp_path: Path) -> None:
    """TLP becomes the marking, the Admiralty tags the grade, and the organisation is found by its alias."""
    tags = ["tlp:amber", 'admiralty-scale:source-reliability="b"', 'admiralty-scale:information-credibility="2"']
    event = misp(Tag=[{"name": tag} for tag in tags])
    said = leerp("report", written(tmp_path, "event.json", event), "--json")
    assert said.code == 0, said.err
    shown = leerp("incident", "show", said.json[0]["incident"], "--json").json["reports"][0]
    assert shown["source"] == "csirt-lu"
    assert shown["grade"] == {"scale": "admiralty", "code": "B2"}
    assert "TLP:AMBER" in shown["marking"]


@pytest.mark.parametrize(
    "name", ["misp/ransomware-xorist-2016.json", "misp/osint-sednit-2017.json", "stix/sco-examples-bundle.json"]
)
def test_real_exports_are_taken_in(name: str, leerp: Commands) -> None:
    """Files that other products really exported open an incident."""
    if not (DATA / name).exists():
        pytest.skip("the real exports are not beside this checkout")
    said = leerp("report", str(DATA / name), "--source", "csirt-lu", "--json")
    assert (said.code, said.json[0]["outcome"]) == (0, "created")


def dangling_bundle() -> dict[str, Any]:
    """A STIX bundle whose report names an object that is not there."""
    created = "2026-11-20T10:00:00.000Z"
    return {
        "type": "bundle",
        "id": "bundle--44444444-4444-4444-8444-444444444444",
        "objects": [
            {
                "type": "report",
                "spec_version": "2.1",
                "id": "report--22222222-2222-4222-8222-222222222222",
                "created": created,
                "modified": created,
                "published": created,
                "name": "Dangling",
                "object_refs": ["indicator--33333333-3333-4333-8333-333333333333"],
            }
        ],
    }


def test_what_the_centre_collected_itself_is_its_own(leerp: Commands, tmp_path: Path) -> None:
    """With --open-source a text that names nobody is of the centre; whom it quotes is kept with the report alone."""
    article = written(tmp_path, "article.txt", "Hospitals encrypted\nSeen at bad.example, the ministry says.")
    said = leerp("report", article, "--open-source", "--origin", "The Daily Byte", "--json")
    assert said.code == 0, said.err
    reference = said.json[0]["incident"]
    shown = leerp("incident", "show", reference, "--json")
    assert [one["source"] for one in shown.json["reports"]] == ["ec3"]
    assert "Daily Byte" not in shown.out + leerp("incident", "journal", reference, "--json").out


@pytest.mark.parametrize(
    ("file", "words", "telling"),
    [
        ({}, ("--open-source",), "csirt-fr is not of the centre"),
        ({"open_source": True}, (), "csirt-fr is not of the centre"),
        ({"origin": "The Daily Byte"}, ("--origin", "Morning Bit"), "the file names another origin"),
        ({}, ("--origin", "two\nlines"), "the origin must be one line"),
    ],
)
def test_what_is_said_of_a_file_must_fit_it(
    file: dict[str, Any], words: tuple[str, ...], telling: str, leerp: Commands, tmp_path: Path
) -> None:
    """A provider's report is no open source of the centre, whoever says so; and a file has one origin."""
    said = leerp("report", written(tmp_path, "report.json", own(**file)), *words)
    assert (said.code, leerp("incident", "list", "--json").json) == (2, [])
    assert telling in said.err
    assert journal_of_the_desk(leerp)[-1]["kind"] == "desk.input.refused"


BAD: dict[str, tuple[Any, tuple[str, ...], str]] = {
    "truncated": ('{"source": "csirt-fr", "id"', (), "line 1"),
    "contradiction": (misp(Tag=[{"name": "tlp:green"}, {"name": "tlp:red"}]), (), "tlp:"),
    "dangling": (dangling_bundle(), ("--source", "csirt-fr"), "indicator--33333333"),
    "future": (own(reported_at=(NOW + timedelta(days=2)).isoformat()), (), "future"),
    "not-utf8": (b'{"source": "csirt-fr", "title": "\xff\xfe"}', (), "UTF-8"),
    "unknown-source": (own(source="nobody"), (), "nobody"),
    "unknown-key": (own(colour="red"), (), "colour"),
    "empty": (b"", (), "empty"),
    "duplicate-key": ('{"source": "csirt-fr", "source": "csirt-de"}', (), "twice"),
    "deep": ("[" * 100_000, (), "nested"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_input_is_refused_in_one_sentence_and_journalled(case: str, leerp: Commands, tmp_path: Path) -> None:
    """Exit code 2, one line that says what and where, nothing stored, and a line in the desk's journal."""
    content, words, telling = BAD[case]
    path = written(tmp_path, f"{case}.json", content)
    said = leerp("report", path, *words)
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert telling in said.err
    assert f"{case}.json" in said.err
    assert leerp("incident", "list", "--ended", "--json").json == []
    entry = journal_of_the_desk(leerp)[-1]
    assert entry["kind"] == "desk.input.refused"
    assert entry["data"]["sha256"] == hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_a_zip_is_refused(leerp: Commands, tmp_path: Path) -> None:
    """An archive is named as what it is."""
    with zipfile.ZipFile(tmp_path / "report.zip", "w") as archive:
        archive.writestr("report.json", "{}")
    said = leerp("report", str(tmp_path / "report.zip"))
    assert said.code == 2
    assert "zip" in said.err


def test_a_huge_file_is_refused_at_once(leerp: Commands, tmp_path: Path) -> None:
    """200 MB are not read."""
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    begun = time.monotonic()
    said = leerp("report", str(path))
    assert said.code == 2
    assert "200 MiB" in said.err
    assert time.monotonic() - begun < 20
    assert journal_of_the_desk(leerp)[-1]["kind"] == "desk.input.refused"


def test_without_a_configuration_a_service_is_missing(leerp: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 3, and the sentence says what to do."""
    monkeypatch.setenv("LEERP_HOME", str(leerp.home / "elsewhere"))
    said = leerp("incident", "list")
    assert said.code == 3
    assert "leerp up" in said.err
