"""What a bag is made from and made of: the layout that verifying relies on, BagIt's forms, and exercises."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from leerp.custody import evidence_id, happening
from leerp.errors import BadInputError
from leerp.evidence import Acquisition, ConditionId, Description
from leerp.journal import GENESIS, JournalEntry, JournalKind, seal
from leerp.marking import Marking
from leerp.model import Model
from notifications.evidence.bag import LAYOUT, Contents, files_of, info_of, last_export, read_extract_line
from notifications.evidence.bagit import (
    BagFaultError,
    manifest,
    plain_path,
    read_manifest,
    sums_of,
    tag_files,
)

TABLE = (
    "table: evidence-conditions\nversion: '1'\ntitle: Conditions\n"
    "status: of this test\nsources: [this test]\nconditions:\n"
    + "".join(f"  - {{id: {one}, title: {one}, needed_for: [evidential]}}\n" for one in ConditionId)
).encode()
KIND = JournalKind


def document(model: Model) -> bytes:
    """A document as it is stored."""
    return rfc8785.dumps(model.model_dump(mode="json", exclude_none=True))


ACQUISITION = document(Acquisition(name="disk.img", source="csirt-fr", marking=Marking()))
BASIS = {"kind": "order", "authority": "A judge", "given_at": "2026-02-01T00:00:00Z"}
DESCRIPTION = document(
    Description.model_validate({"basis": BASIS, "capture": {"at": "2026-02-02T00:00:00Z", "tool": "imager"}})
)


def sha256(content: bytes) -> str:
    """The name of a document."""
    return hashlib.sha256(content).hexdigest()


TOKEN, AUTHORITY = b"a token", b"a certificate"
REPORT = evidence_id("R-1", "ab" * 32)
EXPORT: dict[str, Any] = {
    "export": "X-1",
    "for": "eurojust",
    "mode": "actual",
    "bag_marking": "m",
    "extract": False,
    "table_sha256": sha256(TABLE),
    "reason": "asked\nfor",
    "tool": "leerp 0.2.0",
}


def contents(**export: Any) -> Contents:
    """An incident with a report, a file, one look at it, a timestamp, and an export of both items."""
    told: list[tuple[JournalKind, dict[str, Any]]] = [
        (
            KIND.DETECTION_REPORT_RECEIVED,
            {"report": "R-1", "source": "poc-no", "marking": "m", "raw_sha256": "ab" * 32, "tool": "leerp 0.2.0"},
        ),
        (
            KIND.INVESTIGATION_EVIDENCE_ACQUIRED,
            {
                "item": "E-1",
                "source": "csirt-fr",
                "sha256": "cd" * 32,
                "bytes": 5,
                "marking": "m",
                "record": sha256(ACQUISITION),
                "reason": "given",
                "tool": "leerp 0.2.0",
            },
        ),
        (
            KIND.INVESTIGATION_EVIDENCE_DESCRIBED,
            {"item": "E-1", "description": sha256(DESCRIPTION), "says": [], "reason": "known", "tool": "leerp 0.2.0"},
        ),
        (KIND.INVESTIGATION_EVIDENCE_ACCESSED, {"item": "E-1", "reason": "to look", "tool": "leerp 0.2.0"}),
        (
            KIND.INVESTIGATION_EVIDENCE_TIMESTAMPED,
            {
                "seq": 4,
                "hash": "ef" * 32,
                "token": sha256(TOKEN),
                "authority": sha256(AUTHORITY),
                "at": "2026-03-01T12:05:00.000000+00:00",
                "tsa": "CN=Timestamps",
            },
        ),
        *((KIND.INVESTIGATION_EVIDENCE_EXPORTED, EXPORT | {"item": one} | export) for one in (REPORT, "E-1")),
    ]
    entries: list[JournalEntry] = []
    for number, (kind, data) in enumerate(told, start=1):
        at = datetime(2026, 3, 1, 12, number, tzinfo=UTC)
        prev = entries[-1].hash if entries else GENESIS
        entry = seal(seq=number, incident="LEERP-2026-0001", at=at, actor="duty", kind=kind, data=data, prev=prev)
        entries.append(entry)
    return Contents(
        incident="LEERP-2026-0001",
        happenings=tuple(happening(one) for one in entries),
        lines=tuple(one.line for one in entries),
        table=TABLE,
        records={sha256(one): one for one in (ACQUISITION, DESCRIPTION)},
        tokens={sha256(TOKEN): TOKEN},
        authorities={sha256(AUTHORITY): AUTHORITY},
        sizes={"E-1": 5, REPORT: 7},
    )


def test_bags_that_were_handed_over_verify_with_this_version() -> None:
    """The bytes of layout 1. If this fails, older bags no longer verify: give the layout a new number, keep the old."""
    made = files_of(contents())
    payload = {path: sums_of(content) for path, content in made.items()}
    made |= tag_files(payload, info_of(contents()))
    whole = hashlib.sha256(b"".join(path.encode() + b"\0" + made[path] for path in sorted(made))).hexdigest()
    assert (LAYOUT, whole) == ("1", "02bd3d541d5edfed005080c9363e0012c7f16794fe48dd93eea86dce7c778892")


def test_an_exercise_says_so_in_everything_that_people_read() -> None:
    """The readme at both ends, bag-info, and the mode in custody.json; an actual bag says nothing of it."""
    drill, actual = contents(mode="exercise"), contents()
    for made, count in ((drill, 2), (actual, 0)):
        assert files_of(made)["data/README.txt"].count(b"EXERCISE EXERCISE EXERCISE") == count
    assert ("Leerp-Exercise", "EXERCISE EXERCISE EXERCISE") in info_of(drill)
    assert b'"mode": "exercise"' in files_of(drill)["data/custody.json"]


def test_a_bag_is_not_made_from_half_of_what_it_needs() -> None:
    """A record that is missing, an item that never came in, and a journal without an export are refused."""
    with pytest.raises(BadInputError, match="is missing"):
        files_of(Contents(**vars(contents()) | {"records": {}}))
    with pytest.raises(BadInputError, match="never came in"):
        files_of(contents(item="E-2"))
    with pytest.raises(BadInputError, match="no export"):
        last_export(contents().happenings[:-2])


@pytest.mark.parametrize("line", ["[]", "{}", '{"incident":"x","at":"","actor":"","kind":"no","data":{}}', "{"])
def test_a_line_that_is_no_entry_is_refused(line: str) -> None:
    """Another value, other fields, an unknown kind, a cut."""
    with pytest.raises(BadInputError):
        read_extract_line(line, name="entries.jsonl, line 1")


PLAIN = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}(/[A-Za-z0-9][A-Za-z0-9_-]{0,8}){0,2}", fullmatch=True)


@given(st.dictionaries(PLAIN.filter(plain_path), st.binary(max_size=20), min_size=1, max_size=6))
def test_a_manifest_reads_back_as_it_was_written(files: dict[str, bytes]) -> None:
    """For any plain names, by both algorithms, and in one spelling."""
    sums = {path: sums_of(content) for path, content in files.items()}
    for name, attribute in (("manifest-sha256.txt", "sha256"), ("tagmanifest-sha512.txt", "sha512")):
        written = manifest(sums, name)
        assert read_manifest(written, name=name) == {path: getattr(one, attribute) for path, one in sums.items()}


@given(st.text(max_size=30))
def test_a_name_that_is_not_plain_is_never_read(path: str) -> None:
    """Whatever stands as a path: read only if it is plain, and a plain one has no way out."""
    line = f"{'0' * 64}  {path}\n".encode("utf-8", "replace")
    if plain_path(path):
        assert read_manifest(line, name="manifest-sha256.txt") == {path: "0" * 64}
        assert not {"..", ".", ""} & set(path.split("/"))
    else:
        with pytest.raises(BagFaultError):
            read_manifest(line, name="manifest-sha256.txt")


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"0" * 64 + b" a\n",
        b"0" * 64 + b"  a",
        b"0" * 64 + b"  a\r\n",
        b"A" * 64 + b"  a\n",
        b"0" * 63 + b"  a\n",
        (b"0" * 64 + b"  b\n") + (b"0" * 64 + b"  a\n"),
        (b"0" * 64 + b"  a\n") * 2,
        b"\n",
    ],
)
def test_a_manifest_in_another_spelling_is_refused(content: bytes) -> None:
    """One space, no end of line, another end, capitals, a digit less, another order, a line twice, an empty line."""
    with pytest.raises(BagFaultError, match=r"manifest-sha256\.txt: line"):
        read_manifest(content, name="manifest-sha256.txt")
