"""The PDF form: read back by another library, hostile text in it, and the same bytes everywhere."""

import hashlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from leerp.errors import BadInputError, ServiceMissingError
from leerp.grades import Grade, Scale
from leerp.marking import Handling, HandlingCode, Level, Marking, Tlp
from leerp.notices import Form, Mode, Notice, NoticeKind, Portion, Relation, Section, Variant
from notifications import typesetter
from notifications.forms import files_of, pdf
from notifications.rendering import Renderer
from notifications.view import View, fold, view_of
from tests.guarantees.test_no_leak_noninterference import Situation, situations
from tests.notifications import cast

MARK = "EXERCISE EXERCISE EXERCISE"
A4 = (595.28, 841.89)
ALPHABETS = (
    "ÀàÂâÄäÅåÆæÁáÃãĄąĂă ÇçĆćČčĊċĎďĐđ ÈèÉéÊêËëĘęĚěĒēĖė ĞğĠġĢģĦħ ÎîÏïÍíĪīĮįİı ĶķŁłĹĺĽľĻļ",
    "ÑñŃńŇňŅņ ŒœÔôÖöÓóŐőÕõØø ŔŕŘř ŚśŠšŞşȘșß ŤťȚțÞþð ÙùÛûÜüÚúŮůŰűŪūŲų ÝýŸÿ ŹźŻżŽž",
    "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ αβγδεζηθικλμνξοπρσςτυφχψω ΆΈΉΊΌΎΏ άέήίόύώ ΪΫϊϋΐΰ",
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЬЮЯ абвгдежзийклмнопрстуфхцчшщъьюя ЄєІіЇїҐґ Ёё Ђђ Љљ Њњ Ћћ Џџ Ѓѓ Ќќ",
    "€ § ° ± – — … • “” ‘’ «» „ № ™ ≤ ≥ → ✓",  # noqa: RUF001 - the very characters that are meant
)
HOSTILE = (
    '#read("/etc/passwd")',
    '#import "@preview/cetz:0.4.0": *',
    '#include "/layout.typ"',
    "#{1+1} $x^2$ $ sum $",
    "`raw` ```typ block``` *bold* _emph_",
    "<label> @reference [content] // comment /* comment */",
    "= heading == heading - item + item / term: x",
    '"quoted" -- --- ... ~ \\u{41} \\ \\" #sys.inputs #panic("x")',
    '"}], "exercise": false, "banner": "none',
    "(/Author) <</Type /Catalog>> endobj %%EOF",
    "EXERCISE\u202e\x00\x1b[2J\u2028page 1 of 1",
)


def made(kind: NoticeKind, portions: tuple[Portion, ...] | None = None, **changes: object) -> PdfReader:
    """The PDF of a notice of which everything may be seen, read back."""
    return read(pdf.make(seen(cast.notice(kind, portions, **changes))).content)


def seen(notice: Notice, *, told_earlier: bool = False) -> View:
    """A view of the whole notice."""
    return view_of(notice, notice.portions, told_earlier=told_earlier)


def read(content: bytes) -> PdfReader:
    """The document as another library reads it."""
    return PdfReader(io.BytesIO(content), strict=True)


def pages(reader: PdfReader) -> list[str]:
    """The text of each page, white space folded."""
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def squeezed(text: str) -> str:
    """Text without white space, to compare what is broken into lines."""
    return "".join(text.split())


def fact(text: str, **marking: object) -> Portion:
    """A fact, by itself."""
    return Portion(section=Section.FACT, text=text, marking=Marking.model_validate(marking))


def structure(node: Any) -> Iterator[str]:
    """The names of all elements of the structure tree."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            yield from structure(child)
    elif isinstance(node, dict) and "/S" in node:
        yield str(node["/S"])
        if "/K" in node:
            yield from structure(node["/K"])


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_page_carries_marking_and_number(kind: NoticeKind, mode: Mode) -> None:
    """The marking is the first and the last thing on every page, with reference and page number; so is the mark."""
    view = seen(cast.notice(kind, mode=mode))
    found = pages(read(pdf.make(view).content))
    mark = f"{MARK} This is an exercise. Do not act on it outside the exercise. " if view.exercise else ""
    for number, text in enumerate(found, start=1):
        assert text.startswith(mark + view.banner)
        assert text.endswith(f"{view.banner} {mark}{view.incident} · {view.notice} page {number} of {len(found)}")
    assert (mode is Mode.EXERCISE) == (MARK in " ".join(found))


@pytest.mark.parametrize("kind", NoticeKind)
def test_it_says_what_the_page_says(kind: NoticeKind) -> None:
    """Headings, numbers, markings, grades, handling codes and texts stand in it in the order of the view."""
    view = seen(cast.notice(kind))
    reader = read(pdf.make(view).content)
    whole = ""
    for number, text in enumerate(pages(reader), start=1):
        foot = f"{view.banner} {view.incident} · {view.notice} page {number} of {len(reader.pages)}"
        whole += text.removeprefix(view.banner).removesuffix(foot)
    whole = squeezed(whole)
    at = 0
    for expected in (*view.titles, "Marking", view.banner, "2017-05-12T09:14:00+00:00", view.issuer, *_said(view)):
        assert squeezed(expected) in whole[at:], expected
        at = whole.index(squeezed(expected), at) + len(squeezed(expected))
    assert whole[at:] == ""


def _said(view: View) -> Iterator[str]:
    yield "Please acknowledge receipt to the coordination centre within 30 minutes."
    for section in view.sections:
        yield pdf._words().headings[section.name]
        for paragraph in section.paragraphs:
            yield f"{paragraph.number}. [{paragraph.banner}]" + (f" [graded {paragraph.grade}]" * bool(paragraph.grade))
            for rule in paragraph.handling:
                yield f"{rule.code} set by {rule.provider}: {rule.text or pdf._words().rules[rule.code]}"
            yield paragraph.text


def test_facts_assumptions_and_unknowns_stand_apart() -> None:
    """Each has a heading of its own in the outline, in that order, under the title."""
    order = (Section.UNKNOWN, Section.ASSUMPTION, Section.FACT)
    said = tuple(Portion(section=section, text="x", marking=Marking()) for section in (Section.TITLE, *order))
    title, below = made(NoticeKind.EARLY_WARNING, said).outline
    assert not isinstance(title, list)
    assert isinstance(below, list)
    assert title.title == "x"
    assert [item.title for item in below if not isinstance(item, list)] == ["Facts", "Assumptions", "Unknowns"]


def test_handling_codes_and_grade_stand_with_their_paragraph() -> None:
    """An H3 shows its own text, the others the rule; the grade stands beside the marking."""
    codes = (
        Handling(code=HandlingCode.H3, provider="csirt-lu", text="Only the duty officer.\nCall first."),
        Handling(code=HandlingCode.H2, provider="poc-no"),
    )
    marking = Marking(level=Level.SECRET, tlp=Tlp.RED, handling=codes)
    grade = Grade(scale=Scale.FOUR_BY_FOUR, code="A1")
    portion = Portion(section=Section.FACT, text="It is.", marking=marking, grade=grade)
    text = pages(made(NoticeKind.UPDATE, (portion,)))[0]
    said = (
        f"1. [{marking.banner}] [graded A1 (4x4)] "
        "H2 set by poc-no: Not to be disseminated without the permission of the provider. "
        "H3 set by csirt-lu: Only the duty officer. Call first. It is."
    )
    assert said in text


def test_it_is_archival_and_accessible() -> None:
    """It says that it is PDF/A-2a and PDF/UA-1, is tagged with headings, in English, and shows its title."""
    reader = made(NoticeKind.EARLY_WARNING)
    xmp = reader.xmp_metadata
    assert xmp is not None
    stream = xmp.stream.get_data().decode()
    assert re.findall(r"<(pdf(?:a|ua)id:\w+)>(\w+)<", stream) == [
        ("pdfaid:part", "2"),
        ("pdfaid:conformance", "A"),
        ("pdfuaid:part", "1"),
    ]
    root: Any = reader.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/OutputIntents" in root
    names = list(structure(root["/StructTreeRoot"].get_object()["/K"]))
    assert names.count("/H1") == 1
    assert names.count("/H2") == len(seen(cast.notice(NoticeKind.EARLY_WARNING)).sections)


def test_metadata_is_subject_issuer_and_time() -> None:
    """Title, author and the two dates, and nothing else but the name of the typesetter; the same in the XMP."""
    issued = datetime(2026, 3, 1, 4, 5, 6, 789, tzinfo=UTC)
    view = seen(cast.notice(NoticeKind.LAUNCH_EXTERNAL, issued_at=issued, mode=Mode.EXERCISE))
    reader = read(pdf.make(view).content)
    metadata = {name: str(value) for name, value in (reader.metadata or {}).items()}
    assert metadata.pop("/Creator").startswith("Typst ")
    date = "D:20260301040506Z"
    assert metadata == {"/Title": view.subject, "/Author": view.issuer, "/CreationDate": date, "/ModDate": date}
    xmp = reader.xmp_metadata
    assert xmp is not None
    assert xmp.dc_title == {"x-default": view.subject}
    assert xmp.dc_creator == [view.issuer]
    assert xmp.dc_subject == []
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:+]+", xmp.stream.get_data().decode())) == {"2026-03-01T04:05:06+00:00"}


def test_a_title_that_may_not_stand_in_a_subject_stands_only_inside() -> None:
    """The title of the document stays unclassified (2013/488/EU Annex III(13)); the page shows the title."""
    title = Portion(section=Section.TITLE, text="Operation Nightfall", marking=cast.RESTRICTED)
    reader = made(NoticeKind.UPDATE, (title, cast.FRAME))
    assert reader.metadata is not None
    assert "Nightfall" not in str(reader.metadata.title)
    assert "Operation Nightfall" in pages(reader)[0]


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_without_a_title_the_kind_is_the_heading(text: str | None) -> None:
    """A reader who may see no title, or an empty one, still gets a document with a heading."""
    title = () if text is None else (Portion(section=Section.TITLE, text=text, marking=Marking()),)
    found = pages(made(NoticeKind.EARLY_WARNING, (*title, cast.FRAME)))[0]
    assert "Early warning This is an early warning" in found


@pytest.mark.parametrize("relation", Relation)
def test_it_names_the_earlier_notice_to_who_was_sent_it(relation: Relation) -> None:
    """It says what it does to the earlier notice, and nothing of it to others."""
    notice = cast.notice(NoticeKind.UPDATE, relation=relation, earlier="n-1a2b", earlier_at=cast.AT)
    told, untold = (pages(read(pdf.make(seen(notice, told_earlier=told)).content))[0] for told in (True, False))
    assert f"This notice {relation.value} the earlier notice n-1a2b." in told
    assert "n-1a2b" not in untold


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """Markup, code and control characters in a report, title or issuer are shown and never read."""
    view = seen(cast.notice(NoticeKind.UPDATE, (fact(text), fact("the end")), issuer=re.sub(r"[\x00-\x1f]", "", text)))
    whole = squeezed(" ".join(pages(read(pdf.make(view).content))))
    said = squeezed(view.sections[0].paragraphs[0].text)
    assert f"{said}2.[EuropolUnclassified" in whole
    assert f"By{squeezed(fold(view.issuer))}Please" in whole


@pytest.mark.parametrize(
    "code", ['read("/etc/passwd")', 'read("../../etc/passwd")', 'include "/layout.typ"', 'include "/dev/null"']
)
def test_the_typesetter_has_no_folder_to_read_from(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a template that tried to read a file could not; without that line the same template is set."""
    view = seen(cast.notice(NoticeKind.CLOSURE))
    plain = b'#set document(title: "x")\n= x\n'
    monkeypatch.setattr(pdf, "_source", lambda _: plain)
    assert pages(read(pdf.make(view).content)) == ["x"]
    monkeypatch.setattr(pdf, "_source", lambda _: plain + b"#" + code.encode())
    with pytest.raises(BadInputError, match="no PDF can be made of it"):
        pdf.make(view)


def test_a_refusal_does_not_quote_the_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The typesetter's own message repeats the text it could not set: it is not in the error, nor behind it."""
    monkeypatch.setattr(pdf, "shown", str)
    with pytest.raises(BadInputError) as refused:
        made(NoticeKind.CLOSURE, (fact("中"),))
    assert refused.value.sentence == "notice n-5f2c: no PDF can be made of it; send it in another form"
    assert refused.value.__context__ is None
    assert refused.value.__cause__ is None


def test_without_a_typesetter_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is an error with a sentence, never a notice without its PDF."""
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(ServiceMissingError, match="needs the package typst"):
        files_of(seen(cast.notice(NoticeKind.CLOSURE)), (Form.TEXT, Form.PDF))


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_the_languages_of_the_union_are_shown_as_they_are(alphabet: str) -> None:
    """Latin, Greek and Cyrillic letters and the usual signs come out as they went in, in texts and in titles."""
    said = (Portion(section=Section.TITLE, text=alphabet, marking=Marking()), fact(alphabet))
    assert pdf.shown(alphabet) == alphabet
    assert squeezed(pages(made(NoticeKind.UPDATE, said))[0]).count(squeezed(alphabet)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("中文 x", "[U+4E2D U+6587] x"),
        ("cafe\u0301", "café"),
        ("\u212a e\u0489", "\u212a e[U+0489]"),
        ("pay\u200bpal\u00ad", "pay[U+200B]pal[U+00AD]"),
        ("\ue000\ufeff\uffff", "[U+E000 U+FEFF U+FFFF]"),
        ("\U0001f642", "[U+1F642]"),
        ("a\tb\nc\td", "a   b\nc   d"),
    ],
)
def test_what_has_no_glyph_is_shown_as_its_code_point(text: str, expected: str) -> None:
    """Nothing is dropped: foreign scripts, invisible and private characters can be read off."""
    assert expected == pdf.shown(text)
    assert squeezed(expected) in squeezed(pages(made(NoticeKind.UPDATE, (fact(text),)))[0])


def test_every_character_of_the_table_can_be_shown() -> None:
    """The fonts have every character that `characters.yaml` says they have, in a text, a title and a marking."""
    every = [chr(code) for first, last in pdf.characters().bounds for code in range(first, last + 1)]
    assert len(every) > 7_000
    titles = tuple(
        Portion(section=Section.TITLE, text="".join(every[at : at + 250]), marking=Marking())
        for at in range(0, len(every), 250)
    )
    assert made(NoticeKind.UPDATE, (*titles, fact(" ".join(every))), issuer="".join(every[1:250])).pages


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(min_size=1, max_size=40))
def test_no_text_makes_a_notice_undeliverable(text: str, title: str) -> None:
    """Whatever characters a report brings, there is a document, and its subject is in it."""
    said = (Portion(section=Section.TITLE, text=title, marking=Marking()), fact(text))
    view = seen(cast.notice(NoticeKind.UPDATE, said))
    metadata = read(pdf.make(view).content).metadata
    assert metadata is not None
    assert pdf.shown(view.subject) == metadata.title


def test_a_long_word_is_broken_and_nothing_is_put_into_it() -> None:
    """A word longer than a line goes over several lines, and copied out of the document is the same word."""
    word = "0123456789abcdef" * 20
    page = made(NoticeKind.UPDATE, (fact(word), fact("https://" + word)), incident="L" * 128).pages[0].extract_text()
    assert max(len(line) for line in page.split("\n")) < 130
    assert word in page.replace("\n", "")
    assert f"https://{word}" in page.replace("\n", "")
    assert "L" * 128 in page.replace("\n", "")


def test_thousands_of_long_words_make_a_document() -> None:
    """A statement that lists thousands of hashes is set like any other; the last one is as it was written."""
    listed = "".join(f"sha256 {number:064x}\n" for number in range(1_300))
    text = "".join("".join(page) for page in pages(made(NoticeKind.UPDATE, (fact(listed),))))
    assert f"{1_299:064x}" in squeezed(text)


def test_a_long_marking_is_never_cut() -> None:
    """A marking of many clauses stands whole at the top and the bottom of each page, and the page grows for it."""
    clauses = tuple((f"reader:somebody-{number:03}", "group:csirt_network") for number in range(100))
    reader = made(NoticeKind.UPDATE, (fact("x", releasable_to=clauses),))
    whole = squeezed(Marking(releasable_to=clauses).banner)
    for text in pages(reader):
        assert squeezed(text).startswith(whole)
        assert squeezed(text).count(whole) >= 2
    assert reader.pages[0].mediabox.width == pytest.approx(A4[0], abs=0.1)
    assert reader.pages[0].mediabox.height > A4[1] + 100


def test_a_usual_page_is_a4() -> None:
    """A page is as long as A4 unless its marking needs more."""
    box = made(NoticeKind.EARLY_WARNING).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(A4, abs=0.1)


@pytest.mark.timeout(120)
def test_the_longest_notice_takes_seconds() -> None:
    """A thousand portions, and the longest texts without a space or without a glyph, take seconds, not minutes."""
    ends_with_its_last_page(1_000)
    for text in ("a" * 100_000, "中" * 100_000, "e" + "\u0301\u0316" * 49_000):
        assert made(NoticeKind.EARLY_WARNING, (fact(text),)).pages


def ends_with_its_last_page(count: int) -> None:
    """Have a notice of so many portions set, and look whether the last of them stands on the last page."""
    many = tuple(fact(f"Statement {number}. " + "Lorem ipsum " * 8) for number in range(count))
    reader = made(NoticeKind.EARLY_WARNING, many)
    last = " ".join(reader.pages[-1].extract_text().split())
    assert last.endswith(f"page {len(reader.pages)} of {len(reader.pages)}")
    assert f"{count}. [" in last


def test_the_bytes_depend_on_nothing_of_the_machine(tmp_path: Path) -> None:
    """Another process with another folder, home, time zone, language and hash seed makes the same bytes."""
    program = (
        "import hashlib; from tests.notifications import test_pdf as t\n"
        "view = t.seen(t.cast.notice(t.NoticeKind.EARLY_WARNING))\n"
        "print(hashlib.sha256(t.pdf.make(view).content).hexdigest())"
    )
    content = pdf.make(seen(cast.notice(NoticeKind.EARLY_WARNING))).content
    root = str(Path(__file__).parents[2])
    for zone, seed, language in (("Asia/Tokyo", "1", "de_DE.UTF-8"), ("America/Lima", "2", "C")):
        environment = {"TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": language, "HOME": str(tmp_path)}
        environment |= {"PYTHONPATH": root, "PATH": os.environ["PATH"], "TYPST_FONT_PATHS": "/usr/share/fonts"}
        environment |= {"SOURCE_DATE_EPOCH": "1", "TYPST_ROOT": "/"}
        answer = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        assert hashlib.sha256(content).hexdigest() == answer.stdout.strip()


def test_only_the_typesetters_own_fonts_are_used() -> None:
    """Every font in a document comes with the typesetter and is embedded; it is given no others."""
    families = ["DejaVu Sans Mono", "Libertinus Serif", "New Computer Modern", "New Computer Modern Math"]
    assert families == typesetter.fonts().families()
    own = ("LibertinusSerif", "DejaVuSansMono", "NewCM")
    reader = made(NoticeKind.UPDATE, tuple(fact(text) for text in ALPHABETS))
    found: set[str] = set()
    for page in reader.pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            found.add(str(below["/BaseFont"]).split("+")[1])
            assert {"/FontFile2", "/FontFile3"} & set(below["/FontDescriptor"].get_object())
    assert found
    assert all(name.startswith(own) for name in found), found


def test_threads_do_not_disturb_each_other() -> None:
    """Documents made at the same time are the same as those made one after the other."""
    views = [seen(cast.notice(NoticeKind.UPDATE, (fact(f"number {number}"),))) for number in range(24)]
    expected = [pdf.make(view) for view in views]
    with ThreadPoolExecutor(8) as pool:
        assert expected == list(pool.map(pdf.make, views))


@settings(max_examples=100, deadline=None)
@given(situations())
def test_hidden_portions_change_no_byte(situation: Situation) -> None:
    """Whatever is hidden from a reader, its number and place included, leaves every byte of the PDF as it is."""
    one, other = (_received(situation, portions) for portions in (situation.one, situation.other))
    assert one == other


def _received(situation: Situation, portions: tuple[Portion, ...]) -> tuple[str, bytes] | None:
    notice = cast.notice(situation.kind, portions, mode=situation.mode, restrictions_read=situation.restrictions_read)
    got = Renderer(notice).variant(
        situation.reader,
        channel="email",
        maximum=situation.maximum,
        at=cast.AT,
        consents=situation.consents,
        forms=(Form.PDF,),
    )
    if not isinstance(got, Variant):
        return None
    (file,) = got.files
    return file.name, file.content
