"""Rendering: every template for every kind of reader, and nothing that a report says becomes anything but text."""

import json
from html.parser import HTMLParser

import pytest
import rfc8785

from leerp.errors import ServiceMissingError
from leerp.marking import Handling, HandlingCode, Level, Marking, Reader, Tlp, WithheldReason
from leerp.notices import Form, Mode, Notice, NoticeKind, Portion, Section, Variant, VariantFile
from notifications.forms import pdf
from notifications.rendering import Renderer, render
from notifications.view import clean, fold
from tests.notifications import cast

EVIL = (
    '<script>alert(1)</script> & "quotes"\r\nBcc: all@evil.example\r\n\r\n'
    "{{ 7*7 }} {% for x in y %} \x00\x1b[31m\u2028\u202e"
)


class Strict(HTMLParser):
    """Collects the tags of a page, and fails the test if they are not well nested."""

    VOID = ("meta", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an opening tag."""
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Match a closing tag."""
        assert self.open.pop() == tag


def evil_notice(kind: NoticeKind, *, mode: Mode = Mode.ACTUAL) -> Notice:
    """A notice of which every part is hostile."""
    marking = Marking(
        level=Level.PUBLIC,
        handling=(Handling(code=HandlingCode.H3, provider="csirt-lu", text=EVIL),),
        releasable_to=(("reader:csirt-fr", "<b>\u2028\u202e"),),
    )
    portions = tuple(Portion(section=section, text=EVIL, marking=marking, grade=cast.B2) for section in Section)
    return cast.notice(kind, portions, mode=mode, issuer="<i>Centre</i>\u2028\u202e")


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("reader", cast.READERS, ids=lambda reader: reader.id)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_template_renders_for_every_reader(kind: NoticeKind, reader: Reader, mode: Mode) -> None:
    """Each kind gives each reader a whole variant or a reason; text, page and machine form agree."""
    made = render(cast.notice(kind, mode=mode), reader, channel="email", maximum=Level.SECRET, at=cast.AT)
    if reader is cast.OUTSIDER:
        assert made is WithheldReason.CLEARANCE_UNKNOWN
        return
    if not isinstance(made, Variant):
        assert (reader, made) == (cast.PARTNER, WithheldReason.CLEARANCE_TOO_LOW)
        return
    assert [file.name for file in made.files] == ["message.txt", "message.html", "notice.json"]
    plain, page, machine = (file.content.decode() for file in made.files)
    form = json.loads(machine)
    for portion in form["portions"]:
        assert portion["text"].splitlines()[0] in plain
    assert plain.count(made.marking.banner) >= 2
    assert form["marking"]["banner"] == made.marking.banner
    assert made.subject == form["subject"]
    parser = Strict()
    parser.feed(page)
    assert parser.open == []
    assert parser.seen <= {"html", "head", "meta", "title", "body", "header", "main", "footer", "p", "br", "strong"} | {
        "h1",
        "h2",
        "div",
    }


@pytest.mark.parametrize("kind", NoticeKind)
def test_an_exercise_says_so_everywhere(kind: NoticeKind) -> None:
    """The mark stands in the subject, at the top and at the bottom of text and page, and in the machine form."""
    exercise = cast.variant(cast.notice(kind, mode=Mode.EXERCISE), cast.LIAISON)
    actual = cast.variant(cast.notice(kind), cast.LIAISON)
    plain, page, machine = (file.content.decode() for file in exercise.files)
    assert exercise.subject.startswith("EXERCISE EXERCISE EXERCISE | ")
    assert plain.startswith("EXERCISE EXERCISE EXERCISE")
    assert plain.rstrip().splitlines()[-2].startswith("EXERCISE EXERCISE EXERCISE")
    assert page.count("EXERCISE EXERCISE EXERCISE<br>") == 2
    assert json.loads(machine)["mode"] == "exercise"
    assert not any(b"EXERCISE" in file.content for file in actual.files)
    assert "EXERCISE" not in actual.subject


def test_each_reader_gets_an_own_banner() -> None:
    """The banner is the join of what this reader sees, and numbering knows nothing of the rest."""
    notice = cast.notice(NoticeKind.LAUNCH_EXTERNAL)
    partner, csirt = cast.variant(notice, cast.PARTNER), cast.variant(notice, cast.CSIRT)
    assert partner.marking.level is Level.BPL
    assert csirt.marking.level is Level.RESTREINT
    assert "RESTREINT" not in partner.subject + cast.text(partner)
    assert "1. [Europol Unclassified - Basic Protection Level" in cast.text(partner)
    assert "[graded B2 (4x4)]" in cast.text(csirt)
    assert "H1 set by csirt-lu: Not to be disclosed in judicial proceedings" in cast.text(csirt)


def test_the_channel_narrows_what_is_sent() -> None:
    """Over a channel up to BPL a cleared reader gets what a BPL reader gets, to the byte."""
    notice = cast.notice(NoticeKind.LAUNCH_EXTERNAL)
    assert cast.variant(notice, cast.CSIRT, maximum=Level.BPL).files == cast.variant(notice, cast.PARTNER).files


def test_the_machine_form_holds_exactly_the_visible_portions() -> None:
    """`notice.json` is canonical JSON; its portions are the visible ones, unchanged and in order."""
    notice = cast.notice(NoticeKind.EARLY_WARNING)
    content = cast.variant(notice, cast.PARTNER).files[2].content
    form = json.loads(content)
    visible = [portion.text for portion in notice.portions if portion.marking == Marking()]
    assert [portion["text"] for portion in form["portions"]] == visible
    assert rfc8785.dumps(form) == content


def test_equal_readers_share_their_files() -> None:
    """Readers who may see the same get the very same files, so that they are rendered and hashed once."""
    notice = cast.notice(NoticeKind.UPDATE)
    other = cast.CSIRT.model_copy(update={"id": "csirt-de", "country": "DE"})
    one, two = cast.variant(notice, cast.CSIRT), cast.variant(notice, other)
    assert all(mine is yours for mine, yours in zip(one.files, two.files, strict=True))
    assert (one.reader, two.reader) == ("csirt-fr", "csirt-de")
    again = Renderer(notice).variant(cast.CSIRT, channel="email", maximum=Level.SECRET, at=cast.AT)
    assert again == one


def test_what_could_not_be_made_is_made_anew_when_it_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typesetter that was away for a moment must not leave a notice without its document for ever."""
    absent = ServiceMissingError("the typesetter does not start")

    def away() -> VariantFile:
        raise absent

    renderer = Renderer(cast.notice(NoticeKind.UPDATE))
    sight = renderer.sight(cast.CSIRT, maximum=Level.SECRET, at=cast.AT)
    assert not isinstance(sight, WithheldReason)
    with monkeypatch.context() as broken:
        broken.setattr(pdf, "begin", lambda _: away)
        renderer.begin(sight, (Form.PDF,))
        with pytest.raises(ServiceMissingError):
            renderer.made(sight, cast.CSIRT, channel="email", forms=(Form.PDF,))
    (file,) = renderer.made(sight, cast.CSIRT, channel="email", forms=(Form.PDF,)).files
    assert file.content.startswith(b"%PDF")


@pytest.mark.parametrize("kind", NoticeKind)
def test_nothing_in_a_portion_becomes_markup_or_template(kind: NoticeKind) -> None:
    """Tags are escaped, template signs stay, control characters and turned writing are replaced."""
    made = render(evil_notice(kind), cast.CSIRT, channel="email", maximum=Level.SECRET, at=cast.AT)
    assert isinstance(made, Variant)
    plain, page = (file.content.decode() for file in made.files[:2])
    assert "<script" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;" in page
    for text in (plain, page):
        assert "{{ 7*7 }}" in text
        assert not set(text) & {"\x00", "\x1b", "\r", "\u2028", "\u202e"}
    parser = Strict()
    parser.feed(page)
    assert parser.open == []


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_subject_is_one_line(kind: NoticeKind) -> None:
    """Line ends and control characters in a title are folded, and what is too long is cut."""
    made = render(evil_notice(kind), cast.CSIRT, channel="email", maximum=Level.SECRET, at=cast.AT)
    assert isinstance(made, Variant)
    assert len(made.subject.splitlines()) == 1
    assert made.subject.isprintable()
    long = Portion(section=Section.TITLE, text="x" * 99_000, marking=Marking())
    fact = Portion(section=Section.FACT, text="y", marking=Marking())
    cut = cast.variant(cast.notice(kind, (long, fact)), cast.PARTNER).subject
    assert len(cut) == 256
    assert cut.endswith("x…")


def test_text_of_a_portion_cannot_pose_as_the_frame() -> None:
    """Whatever a report says is indented, so that no line of it looks like a banner, a heading or a number."""
    text = "TLP:CLEAR\n\nFACTS\n\n1. [Europol Public Information]\rx\vWHOM TO CALL\u2029NEW"
    portions = (cast.FRAME, Portion(section=Section.FACT, text=text, marking=Marking()))
    plain = cast.text(cast.variant(cast.notice(NoticeKind.UPDATE, portions), cast.PARTNER))
    lines = plain.splitlines()
    assert (lines.count("FACTS"), lines.count("WHOM TO CALL")) == (1, 1)  # the frame's own headings, once
    assert not {"TLP:CLEAR", "NEW"} & set(lines)


def test_a_subject_stays_unclassified() -> None:
    """A title above BPL stands in the body and never in the subject (2013/488/EU Annex III(13))."""
    title = Portion(section=Section.TITLE, text="Operation Nightfall", marking=cast.RESTRICTED)
    fact = Portion(section=Section.FACT, text="It spreads.", marking=cast.RESTRICTED)
    made = cast.variant(cast.notice(NoticeKind.EARLY_WARNING, (title, fact)), cast.CSIRT)
    assert made.subject == ("RESTREINT UE/EU RESTRICTED | TLP:AMBER | Early warning notification: LEERP-2017-0001")
    assert "Operation Nightfall" in cast.text(made)


def test_no_acknowledgement_is_asked_for_where_none_is_due() -> None:
    """The request stands there with its minutes, or not at all."""
    due = cast.variant(cast.notice(NoticeKind.UPDATE), cast.CSIRT)
    not_due = cast.variant(cast.notice(NoticeKind.UPDATE, acknowledge_within_minutes=None), cast.CSIRT)
    assert "acknowledge receipt to the coordination centre within 30 minutes" in cast.text(due)
    assert "cknowledge" not in cast.text(not_due)


def test_tlp_red_goes_to_a_named_post_alone() -> None:
    """Of two readers with the same clearance only the personal contact point sees a TLP:RED portion."""
    red = Portion(section=Section.FACT, text="Only you.", marking=Marking(tlp=Tlp.RED))
    shared = Portion(section=Section.FACT, text="All of you.", marking=Marking())
    notice = cast.notice(NoticeKind.UPDATE, (cast.FRAME, red, shared))
    assert "Only you." in cast.text(cast.variant(notice, cast.LIAISON))
    assert "Only you." not in cast.text(cast.variant(notice, cast.CSIRT))


def test_folding_and_cleaning() -> None:
    """Any line end is a line end; anything that cannot be seen is shown as replaced."""
    assert clean("a\r\nb\rc\u2028d\x85e\tf") == "a\nb\nc\nd\ne\tf"
    assert clean("a\x00b\u202ec") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    assert fold("  a \r\n b\t c ") == "a b c"
    assert fold("abcdef", longest=4) == "abc…"


def test_who_may_not_have_the_frame_gets_nothing_however_public_a_statement_is() -> None:
    """A public report in the case does not make a launch notice of it for a reader whose clearance nobody knows."""
    public = Portion(section=Section.FACT, text="It was in the news.", marking=Marking(level=Level.PUBLIC))
    for kind in (NoticeKind.LAUNCH_EXTERNAL, NoticeKind.CLOSURE):
        notice = cast.notice(kind, (cast.FRAME, public))
        made = render(notice, cast.OUTSIDER, channel="email", maximum=Level.SECRET, at=cast.AT)
        assert made is WithheldReason.CLEARANCE_UNKNOWN
