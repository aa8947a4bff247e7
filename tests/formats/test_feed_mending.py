"""Feeds that are slightly wrong: what leaves no doubt is set right and told, everything else is refused."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.formats.feed_mending import MOST_SIGNS, mended
from leerp.formats.feeds import Feed, read_feed

AMPERSAND = "it does not write & as XML does"
ENCODING = "it is not in the encoding that it declares"
SIGNS = "it holds characters that XML has not"
BEGINNING = "it does not begin with its declaration"
RARE = "it is in an encoding that not every reader knows"


def feed(title: str | bytes, *, head: bytes = b"") -> Feed:
    """A feed whose first entry is called so, to the byte."""
    raw = title.encode() if isinstance(title, str) else title
    entry = b"<item><title>" + raw + b"</title></item>"
    return read_feed(head + b"<rss><channel>" + entry + b"</channel></rss>", name="feed")


@pytest.mark.parametrize(
    ("title", "read", "fault"),
    [
        ("Ports & roads", "Ports & roads", AMPERSAND),
        ("R&D &c", "R&D &c", AMPERSAND),
        ("a&nbsp;b &eacute;t&eacute; &Lt;", "a b été ≪", AMPERSAND),
        ("&unheard; of", "&unheard; of", AMPERSAND),
        ("good &amp; right &lt;3 & left &#233; &#xe9;", "good & right <3 & left é é", AMPERSAND),
        ("<![CDATA[as it stands: &nbsp; &]]> & <!-- & -->on", "as it stands: & & on", AMPERSAND),
        ("bell &#7; &#x110000; rings", "bell rings", AMPERSAND),
        ("bell \x07 rings", "bell rings", SIGNS),
        ("été".encode("windows-1252"), "été", ENCODING),
    ],
)
def test_what_leaves_no_doubt_is_set_right(title: str | bytes, read: str, fault: str) -> None:
    """As its author meant it, and what was wrong is told."""
    found = feed(title)
    assert (found.entries[0].title, found.faults) == (read, (fault,))


def test_what_stands_for_itself_is_left_alone() -> None:
    """In a CDATA section and in a comment an & is an &."""
    better = mended(b"<r><![CDATA[&nbsp; &]]>&<!-- & -->&nbsp;</r>")
    assert better is not None
    assert better.content == b"<r><![CDATA[&nbsp; &]]>&amp;<!-- & -->&#160;</r>"


@pytest.mark.parametrize(
    ("head", "title", "fault"),
    [
        (b"\n <?xml version='1.0'?>", "été".encode(), BEGINNING),
        (b"<?xml version='1.0' encoding='klingon'?>", "été".encode(), ENCODING),
        (b"<?xml version='1.0' encoding='us-ascii'?>", "été".encode(), ENCODING),
        (b"<?xml version='1.0' encoding='zip'?>", "été".encode(), ENCODING),
        (b"<?xml version='1.0' encoding='gb2312'?>", "été".encode("gb2312"), RARE),
    ],
)
def test_a_declaration_that_does_not_hold_is_passed_over(head: bytes, title: bytes, fault: str) -> None:
    """The bytes themselves say what they are; a codec that is none for texts is never asked."""
    found = feed(title, head=head)
    assert (found.entries[0].title, found.faults) == ("été", (fault,))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE r [<!ENTITY a 'b'>]><rss>&a; &nbsp; &</rss>", "declares entities"),
        (b"& <!DOCTYPE r [<!ENTITY a 'b'>]><rss>&a;</rss>", "not well-formed"),
        (b"<!DOCTYPE rss><rss><channel><item><title>a & b</title></item></channel></rss>", "not well-formed"),
        ("<!DOCTYPE r [<!ENTITY a 'b'>]><rss>&a; & </rss>".encode("utf-16"), "declares entities|not well-formed"),
        (b"<rss><channel><item><title>a & b</channel></rss>", "not well-formed"),
        (b"<rss><channel><item><title>a & b<br></title></item></channel></rss>", "not well-formed"),
        (b"<rss>" + b"<![CDATA[ & " * 20_000, "not well-formed"),
        (b"<rss>" + b"<!-- & " * 20_000, "not well-formed"),
        (b"<rss>" + b"&" * (MOST_SIGNS + 1) + b"</rss>", "not well-formed"),
        (b"&<html/>", "not well-formed"),
        (b"<html>&nbsp;</html>", "neither RSS nor Atom"),
    ],
)
def test_what_leaves_doubt_is_refused(content: bytes, sentence: str) -> None:
    """A document type is never read leniently, and no tag is guessed at."""
    with pytest.raises(BadInputError, match=sentence):
        read_feed(content, name="feed")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80))
def test_what_is_well_formed_is_never_mended(text: str) -> None:
    """Whatever it says."""
    assert feed(escape(text)).faults == ()


@given(st.binary(max_size=400))
def test_any_bytes_are_mended_or_left(content: bytes) -> None:
    """Without a fault of its own; what comes of it is mended once and for all."""
    better = mended(content)
    assert better is None or mended(better.content) is None
