"""Evidence taken out verifies with nothing but its folder, and one changed byte anywhere is found and placed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk.bag_verifying import verify_bag
from desk.cli import perform
from leerp.custody import happening
from leerp.journal import GENESIS, JournalEntry, seal
from notifications.evidence.bag import ORIGINALS, Contents, files_of, info_of
from notifications.evidence.bagit import BagFaultError, sums_of, tag_files
from tests.evidence_cast import whole_bag
from tests.postgresql import run_apart
from tests.servers import ROOT
from tests.timestamping import TimestampAuthority, timestamp_authority

_ALONE = """
import sys
def alone(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "sqlite3.connect"):
        raise RuntimeError(event)
sys.addaudithook(alone)
from desk.cli import main
main()
"""
"""The command line in a process that reaches no network and opens no database."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimestampAuthority:
    """Who stamps."""
    return timestamp_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, authority: TimestampAuthority) -> Path:
    """A bag with everything that one may hold; not to be changed."""
    folder = tmp_path_factory.mktemp("evidence")

    async def make() -> None:
        await whole_bag(folder, authority)

    run_apart(make())
    return folder / "bag"


@pytest.fixture
def bag(made: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(made, tmp_path / "bag"))


def files(bag: Path) -> list[str]:
    """Every file of a bag."""
    return sorted(str(path.relative_to(bag)) for path in bag.rglob("*") if path.is_file())


def fault(bag: Path, **more: Any) -> BagFaultError:
    """The fault that is found."""
    with pytest.raises(BagFaultError) as caught:
        verify_bag(bag, **more)
    assert caught.value.sentence.startswith(f"{caught.value.file}: ")
    return caught.value


def leerp(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line with no environment, no state folder, no network and no database."""
    command = [sys.executable, "-c", _ALONE, *words]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False, timeout=60)


def test_a_whole_bag_verifies_with_no_network_no_database_and_no_configuration(
    made: Path, authority: TimestampAuthority
) -> None:
    """The answer says what is in it, who stamped what, and how much came after; exit code 0."""
    said = leerp("evidence", "verify", str(made), "--ca-file", str(authority.ca_file), "--json")
    assert (said.returncode, said.stderr) == (0, "")
    found = json.loads(said.stdout)
    assert (found["valid"], found["items"], found["certificates"]) == (True, 3, "given")
    assert [one["tsa"] for one in found["timestamps"]] == ["CN=Timestamps", "CN=Timestamps"]
    entries = len((made / "data/journal.jsonl").read_text().splitlines())
    assert found["entries"] == entries
    assert found["entries_after_last_timestamp"] == entries - found["timestamps"][-1]["entry"]
    assert perform(["journal", "verify", str(made / "data/journal.jsonl")]) == 0


def test_a_changed_bag_is_told_by_the_exit_code_and_the_file(bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 for a fault, with the file in the sentence and in the JSON; 2 where there is no folder."""
    (bag / "data/custody.json").write_bytes(b"{}")
    assert perform(["evidence", "verify", str(bag), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["file"] == "data/custody.json"
    assert perform(["evidence", "verify", str(bag)]) == 1
    assert f"{bag}/data/custody.json: was changed" in capsys.readouterr().out
    for wrong in ([str(bag / "none")], [str(bag / "bagit.txt")], [str(bag), "--ca-file", str(bag / "bagit.txt")]):
        assert perform(["evidence", "verify", *wrong]) == 2


def test_others_can_check_it_with_tools_of_their_own(made: Path, authority: TimestampAuthority) -> None:
    """sha256sum and sha512sum accept every manifest, and OpenSSL each timestamp for the hash of its entry."""
    for algorithm in ("sha256", "sha512"):
        command = [f"{algorithm}sum", "--strict", "--quiet", "-c"]
        names = [f"manifest-{algorithm}.txt", f"tagmanifest-{algorithm}.txt"]
        assert subprocess.run([*command, *names], cwd=made, check=False).returncode == 0
    entries = [json.loads(line) for line in (made / "data/journal.jsonl").read_text().splitlines()]
    tokens = sorted((made / "data/timestamps").glob("*.tsr"))
    assert len(tokens) == 2
    for token in tokens:
        assert authority.accepts(token.read_bytes(), entries[int(token.stem) - 1]["hash"])


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_anywhere_is_found_and_placed(made: Path, data: st.DataObject) -> None:
    """Any byte of any file changed into another: that very file is named."""
    path = data.draw(st.sampled_from(files(made)))
    content = (made / path).read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        (made / path).write_bytes(changed)
        assert fault(made).file == path
    finally:
        (made / path).write_bytes(content)


@pytest.mark.parametrize("change", [lambda content: content[:-1], lambda content: content + b"\n", lambda _: b""])
def test_a_cut_a_longer_and_an_empty_file_are_found_and_placed(bag: Path, change: Callable[[bytes], bytes]) -> None:
    """Every file in turn, cut short, made longer, and emptied."""
    for path in files(bag):
        content = (bag / path).read_bytes()
        (bag / path).write_bytes(change(content))
        assert fault(bag).file == path
        (bag / path).write_bytes(content)
    verify_bag(bag)


def test_a_removed_and_an_added_file_are_found(bag: Path) -> None:
    """Each file in turn taken away is missed by name; one that was put in, anywhere, is named."""
    for path in files(bag):
        content = (bag / path).read_bytes()
        (bag / path).unlink()
        assert fault(bag).file == path
        (bag / path).write_bytes(content)
    for path in ("more.txt", "data/more.txt", "data/originals/E-more", "data/records/00.json", "data/.hidden", "a b"):
        (bag / path).write_bytes(b"")
        assert path in fault(bag).file
        (bag / path).unlink()
    verify_bag(bag)


def test_links_and_special_files_are_not_followed(bag: Path, tmp_path: Path) -> None:
    """A link to the right bytes, to a folder and to nowhere, and a pipe: each is named, and none is opened."""
    path = "data/custody.json"
    outside = tmp_path / "outside.json"
    outside.write_bytes((bag / path).read_bytes())
    for target in (outside, bag / "data/originals", tmp_path / "nowhere"):
        (bag / path).unlink(missing_ok=True)
        (bag / path).symlink_to(target)
        assert (fault(bag).file, "no plain file" in fault(bag).sentence) == (path, True)
    (bag / path).unlink()
    os.mkfifo(bag / path)
    assert fault(bag).file == path


@pytest.mark.parametrize("path", ["../outside", "data/../../outside", "/etc/hosts", "data//x", "~/x", "data/%2e%2e/x"])
def test_a_manifest_that_leads_out_of_the_bag_is_refused(bag: Path, path: str) -> None:
    """A path with a way out is refused in the line where it stands, and nothing outside is read."""
    forged = f"{'0' * 64}  {path}\n".encode() + (bag / "manifest-sha256.txt").read_bytes()
    (bag / "manifest-sha256.txt").write_bytes(forged)
    retag(bag)
    found = fault(bag)
    assert (found.file, "line 1 is no digest with a plain path" in found.sentence) == ("manifest-sha256.txt", True)


def retag(bag: Path) -> None:
    """Make the tag manifests fit what is there, as a forger would."""
    tags = {name: sums_of((bag / name).read_bytes()) for name in files(bag) if "/" not in name}
    tagged = {name: one for name, one in tags.items() if not name.startswith("tagmanifest-")}
    for algorithm in ("sha256", "sha512"):
        text = "".join(f"{getattr(tagged[name], algorithm)}  {name}\n" for name in sorted(tagged))
        (bag / f"tagmanifest-{algorithm}.txt").write_text(text, encoding="utf-8")


def reseal(bag: Path) -> None:
    """Make every manifest fit what is there, as a forger would."""
    payload = {path: sums_of((bag / path).read_bytes()) for path in files(bag) if path.startswith("data/")}
    info = [line.split(": ", 1) for line in (bag / "bag-info.txt").read_text().splitlines()]
    fields = [(name, value) for name, value in info if name != "Payload-Oxum"]
    for path, content in tag_files(payload, fields).items():
        (bag / path).write_bytes(content)


def forge(bag: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change entries of the journal, seal the chain anew, and make everything that follows from it fit again."""
    bodies = [json.loads(line) for line in (bag / "data/journal.jsonl").read_text().splitlines()]
    change(bodies)
    entries: list[JournalEntry] = []
    for body in bodies:
        entries.append(resealed(JournalEntry.model_validate(body), entries[-1] if entries else None))
    (bag / "data/journal.jsonl").write_text("".join(f"{one.line}\n" for one in entries), encoding="utf-8")
    follow(bag, entries)


def resealed(entry: JournalEntry, before: JournalEntry | None) -> JournalEntry:
    """An entry with a new hash, after another."""
    fields = {name: getattr(entry, name) for name in ("seq", "incident", "actor", "kind", "data")}
    return seal(**fields, at=datetime.fromisoformat(entry.at), prev=before.hash if before else GENESIS)


def follow(bag: Path, entries: list[JournalEntry]) -> None:
    """Write every derived file as the forged journal would have it."""
    folder = {path: (bag / path).read_bytes() for path in files(bag)}
    by_sha = {sums_of(content).sha256: content for content in folder.values()}
    contents = Contents(
        incident=entries[0].incident,
        happenings=tuple(happening(one) for one in entries),
        lines=tuple(one.line for one in entries),
        table=folder["data/evidence-conditions.yaml"],
        records=by_sha,
        tokens=by_sha,
        authorities=by_sha,
        sizes={path.removeprefix(ORIGINALS): len(content) for path, content in folder.items()},
    )
    for path, content in files_of(contents).items():
        (bag / path).write_bytes(content)
    payload = {path: sums_of((bag / path).read_bytes()) for path in files(bag) if path.startswith("data/")}
    for path, content in tag_files(payload, info_of(contents)).items():
        (bag / path).write_bytes(content)


@pytest.mark.parametrize("folder", ["data/originals", "data/records", "data/timestamps", "data"])
def test_a_forger_who_mends_the_manifests_is_found_by_the_journal(bag: Path, folder: str) -> None:
    """Every payload file changed in turn, with all manifests made to fit: the journal knows better, and names it."""
    for path in sorted((bag / folder).iterdir()):
        name = str(path.relative_to(bag))
        if path.is_dir() or name == "data/journal.jsonl":
            continue
        content = path.read_bytes()
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        reseal(bag)
        assert fault(bag).file == name
        path.write_bytes(content)
    reseal(bag)
    verify_bag(bag)


def test_a_forger_who_seals_the_whole_chain_anew_is_found_by_the_timestamp(bag: Path) -> None:
    """Another officer in an early entry, every later hash and every other file made to fit: the token does not."""

    def change(bodies: list[dict[str, Any]]) -> None:
        bodies[2]["actor"] = "somebody-else"

    forge(bag, change)
    found = fault(bag)
    assert found.file.startswith("data/timestamps/")
    assert "not for this entry" in found.sentence or "another SHA-256" in found.sentence


def test_a_forger_who_does_not_seal_the_chain_anew_is_found_in_the_journal(bag: Path) -> None:
    """An entry changed, taken out or moved, and every other file made to fit it: the line of the journal is named."""
    whole = [JournalEntry.model_validate_json(line) for line in (bag / "data/journal.jsonl").read_text().splitlines()]
    at = next(number for number, one in enumerate(whole) if one.kind.endswith("evidence.accessed"))
    changed = whole[at].model_copy(update={"actor": "somebody-else"})
    for entries in (
        [*whole[:at], changed, *whole[at + 1 :]],
        [*whole[:at], *whole[at + 1 :]],
        [*whole[:at], whole[at + 1], whole[at], *whole[at + 2 :]],
    ):
        (bag / "data/journal.jsonl").write_text("".join(f"{one.line}\n" for one in entries), encoding="utf-8")
        follow(bag, entries)
        found = fault(bag)
        assert (found.file, "line " in found.sentence) == ("data/journal.jsonl", True)


def test_entries_after_the_last_timestamp_are_counted_because_nothing_seals_them(bag: Path) -> None:
    """What a forger can do is what the answer says: entries after the last timestamp are the centre's word alone."""
    before = verify_bag(bag)
    assert before.after > 0

    def change(bodies: list[dict[str, Any]]) -> None:
        bodies[-1]["data"]["reason"] = "another reason"

    forge(bag, change)
    after = verify_bag(bag)
    assert (after.after, after.export.reason) == (before.after, "another reason")


def test_the_certificates_in_the_bag_are_not_the_last_word(bag: Path, tmp_path: Path) -> None:
    """With certificates from elsewhere, a token signed under others is named."""
    other = timestamp_authority(tmp_path / "other").ca_file
    found = fault(bag, ca=other.read_bytes())
    assert found.file.startswith("data/timestamps/")
    assert "not signed by a trusted" in found.sentence


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b'{"seq":1}',
        b"\xff\xfe",
        b"[" * 100_000,
        rfc8785.dumps(
            {"seq": 1, "incident": "x", "at": "", "actor": "", "kind": "no.such.kind", "data": {}, "prev": ""}
        ),
    ],
)
def test_a_journal_that_is_none_is_a_fault_and_no_crash(bag: Path, line: bytes) -> None:
    """Whatever stands in its place, with manifests that fit."""
    (bag / "data/journal.jsonl").write_bytes(line + b"\n")
    reseal(bag)
    assert fault(bag).file == "data/journal.jsonl"


def test_a_chain_that_says_nonsense_is_a_fault_and_no_crash(bag: Path) -> None:
    """A whole chain whose entries lack what leerp writes: named, not crashed on."""
    entries = [json.loads(line) for line in (bag / "data/journal.jsonl").read_text().splitlines()]
    for wanting in ("item", "export", "for", "table_sha256", "bag_marking"):
        sealed: list[JournalEntry] = []
        for body in entries:
            data = dict(body["data"])
            if body["kind"] == "investigation.evidence.exported":
                data.pop(wanting)
            old = JournalEntry.model_validate(body | {"data": data})
            sealed.append(resealed(old, sealed[-1] if sealed else None))
        (bag / "data/journal.jsonl").write_text("".join(f"{one.line}\n" for one in sealed), encoding="utf-8")
        reseal(bag)
        assert fault(bag).file == "data/journal.jsonl"


@pytest.fixture(autouse=True)
def _untouched(made: Path) -> Iterator[None]:
    """Each test leaves the bag that they share as it was."""
    yield
    verify_bag(made)
