"""The Slack form: plain text in blocks that Slack takes, from what a reader may see and nothing else."""

from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from leerp.marking import Level, Marking, Reader
from leerp.notices import Form, Mode, Notice, NoticeKind, Portion, Section, Variant
from notifications.forms.slack import FILE, LONGEST_TEXT, MOST_BLOCKS, SlackMessages, button, pieces
from notifications.rendering import render
from tests.guarantees.test_no_leak_noninterference import Situation, situations
from tests.notifications import cast

MESSAGE = 12_000
"""From about how many characters of blocks on Slack refuses a message."""


def variant(notice: Notice, reader: Reader = cast.CSIRT) -> Variant:
    """What the reader gets over Slack."""
    made = render(notice, reader, channel="slack", maximum=Level.SECRET, at=cast.AT, forms=(Form.SLACK,))
    assert isinstance(made, Variant), made
    return made


def rendered(notice: Notice, reader: Reader = cast.CSIRT) -> bytes:
    """The file as the renderer makes it."""
    (file,) = variant(notice, reader).files
    assert (file.name, file.media_type) == (FILE, "application/json")
    return file.content


def messages(notice: Notice, reader: Reader = cast.CSIRT) -> SlackMessages:
    """What the file says."""
    return SlackMessages.model_validate_json(rendered(notice, reader))


def saying(*texts: str, **changes: object) -> Notice:
    """A notice with these facts."""
    facts = (Portion(section=Section.FACT, text=text, marking=Marking()) for text in texts)
    return cast.notice(NoticeKind.UPDATE, (cast.FRAME, *facts), **changes)


def text_objects(made: SlackMessages) -> list[dict[str, Any]]:
    """Every text object of every block, in order."""
    found: list[dict[str, Any]] = []
    for block in (block for one in made.messages for block in one.blocks):
        inside = block.get("elements", [block.get("text")])
        assert isinstance(inside, list)
        found.extend(one for one in inside if isinstance(one, dict))
    return found


def shown(made: SlackMessages) -> list[str]:
    """What people read."""
    return [unescape(one["text"]) for one in text_objects(made)]


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("reader", cast.READERS[1:], ids=lambda reader: reader.id)
def test_every_kind_for_every_reader_is_what_slack_takes(kind: NoticeKind, reader: Reader) -> None:
    """The blocks pass the checks of Slack's own library, and marking, incident and lead stand in them."""
    made = messages(cast.notice(kind), reader)
    for one in made.messages:
        for block in one.blocks:
            parsed = Block.parse(dict(block))
            assert parsed is not None
            parsed.validate_json()
        assert one.blocks[0] == one.blocks[-1]
        assert variant(cast.notice(kind), reader).marking.banner in str(one.blocks[0])
    texts = "\n".join(shown(made))
    assert "Incident: LEERP-2017-0001" in texts
    assert "emergency response protocol" in texts
    assert {one["type"] for one in text_objects(made)} == {"plain_text"}


def test_facts_assumptions_and_unknowns_have_their_headings() -> None:
    """Each paragraph stands under its heading, after its number, banner and grade."""
    texts = shown(messages(cast.notice(NoticeKind.EARLY_WARNING)))
    headings = [texts.index(one) for one in ("Facts", "Assumptions", "Unknowns")]
    assert sorted(headings) == headings
    facts = texts[headings[0] : headings[1]]
    (worm,) = [at for at, one in enumerate(facts) if "Worm encrypts disks" in one]
    assert any(one.endswith(f" [graded {cast.B2}]") for one in facts[:worm])


def test_an_exercise_says_so_in_every_message_and_its_notification() -> None:
    """Above and below in each of several messages, and in the text that stands for it."""
    made = messages(saying("x" * 40_000, mode=Mode.EXERCISE))
    assert len(made.messages) > 3
    for one in made.messages:
        assert one.text.startswith("EXERCISE EXERCISE EXERCISE")
        for block in (one.blocks[0], one.blocks[-2]):
            assert "EXERCISE EXERCISE EXERCISE" in str(block)
    actual = rendered(saying("x" * 40_000))
    assert b"EXERCISE" not in actual


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <!here> <@U0EVE> <#C0DESK> <!subteam^S1>",
        "<https://evil.example|https://good.example>",
        "&lt;!channel&gt; &amp;lt;",
        "*bold* _it_ `code` ~no~ :tada: > quote",
        '"}],"x":[{"type":"image"',
        "{{ 7*7 }}{% raw %}",
    ],
)
def test_a_report_is_shown_as_it_is(text: str) -> None:
    """Nothing in it is a mention, a link or a block of its own: it is escaped plain text, and reads as it was."""
    portions = (
        Portion(section=Section.TITLE, text=text, marking=Marking()),
        Portion(section=Section.FACT, text=text, marking=Marking()),
    )
    made = messages(cast.notice(NoticeKind.UPDATE, portions))
    assert shown(made).count(text) == 2
    for one in text_objects(made):
        assert one["type"] == "plain_text"
        assert one["emoji"] is False
        assert not {"<", ">"} & set(one["text"])
    assert not {"<", ">"} & set(made.messages[0].text)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("ab \n&<>\U0001f600ä"), min_size=1, max_size=300), st.integers(10, 60))
def test_pieces_are_the_text_and_short_enough(text: str, longest: int) -> None:
    """Together they are the text; each is short enough once escaped, however characters are counted."""
    cut = list(pieces(text, longest=longest))
    assert "".join(cut) == text
    for one in cut:
        escaped = one.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert len(escaped.encode("utf-16-le")) // 2 <= longest


@pytest.mark.parametrize("letter", ["x", "&", '"', "\U0001f600", "line\n", "wörter "])
def test_a_long_notice_is_whole(letter: str) -> None:
    """Over several messages that Slack takes, numbered, and to the last character."""
    text = letter * (50_000 // len(letter))
    made = messages(saying(text, *["short"] * 100))
    total = len(made.messages)
    assert total > 2
    assert made.messages[1].text.endswith(f"Part 2 of {total}")
    for one in made.messages:
        assert len(one.blocks) <= MOST_BLOCKS
        assert len(SlackMessages(messages=(one,), acknowledge=None).model_dump_json()) <= MESSAGE
    assert all(0 < len(one["text"]) <= LONGEST_TEXT for one in text_objects(made))
    assert "".join(shown(made)).count(letter) >= 50_000 // len(letter)
    assert shown(made).count("short") == 100


def test_a_title_too_long_for_a_header_is_shown_whole() -> None:
    """As a section, rather than cut to a header's 150 characters."""
    title = "t" * 200
    portions = (Portion(section=Section.TITLE, text=title, marking=Marking()), cast.FRAME)
    made = messages(cast.notice(NoticeKind.LAUNCH_INTERNAL, portions))
    assert [block["type"] for block in made.messages[0].blocks if title in str(block)] == ["section"]


def test_an_empty_statement_leaves_no_empty_block() -> None:
    """Slack refuses a text in which there is nothing to see."""
    made = messages(saying("", " \n "))
    assert all(one["text"].strip() for one in text_objects(made))


def test_the_button_is_there_only_when_an_acknowledgement_is_asked_for() -> None:
    """Its words stand in the form; what it hands back is added for each reader when it is sent."""
    assert messages(saying("x")).acknowledge == "Acknowledge"
    assert messages(saying("x", acknowledge_within_minutes=None)).acknowledge is None
    parsed = Block.parse(dict(button("Acknowledge", "t" * 2_000)))
    assert parsed is not None
    parsed.validate_json()


@settings(deadline=None, max_examples=200)
@given(situations())
def test_hidden_portions_change_no_byte(situation: Situation) -> None:
    """DESIGN rule 4 for this form: whatever is hidden from a reader, the file is the same."""
    received = [
        render(
            cast.notice(situation.kind, portions, mode=situation.mode, restrictions_read=situation.restrictions_read),
            situation.reader,
            channel="slack",
            maximum=situation.maximum,
            at=cast.AT,
            consents=situation.consents,
            forms=(Form.SLACK,),
        )
        for portions in (situation.one, situation.other)
    ]
    if any(isinstance(one, Variant) for one in received):
        assert received[0] == received[1]


def test_the_same_notice_gives_the_same_bytes() -> None:
    """Without clock and chance, so that an attempt after a crash sends what the ledger names."""
    assert rendered(cast.notice(NoticeKind.EARLY_WARNING)) == rendered(cast.notice(NoticeKind.EARLY_WARNING))
