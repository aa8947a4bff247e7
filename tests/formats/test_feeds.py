"""RSS and Atom as feeds write them, and as nobody should."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.formats.feeds import Feed, read_feed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def feed(inner: str, *, head: str = "<rss version='2.0'><channel>", end: str = "</channel></rss>") -> Feed:
    """A feed with this in it."""
    return read_feed(f"{head}{inner}{end}".encode(), name="feed")


def test_rss_is_read() -> None:
    """Title, id, text without tags, link and time."""
    (entry,) = feed(
        "<item><title>A &amp; B</title><guid>g</guid><link>https://a.example/</link>"
        "<description>&lt;p&gt;One &lt;script&gt;x&lt;/script&gt;two&lt;/p&gt;</description>"
        "<pubDate>Sun, 22 Nov 2026 13:00:00 +0100</pubDate></item>"
    ).entries
    assert (entry.id, entry.title, entry.link, entry.at) == ("g", "A & B", "https://a.example/", NOON)
    assert entry.text.split() == ["One", "two"]


def test_atom_is_read() -> None:
    """Also with its text as tags; the page itself is the link, and not what is attached."""
    (entry,) = feed(
        "<entry><id>urn:a</id><title>T</title><updated>2026-11-22T12:00:00Z</updated>"
        "<link rel='enclosure' href='https://a.example/file'/><link href='https://a.example/page'/>"
        "<content type='xhtml'><div>One <b>two</b></div></content></entry>",
        head="<feed xmlns='http://www.w3.org/2005/Atom'>",
        end="</feed>",
    ).entries
    assert entry == ("urn:a", "T", "One two", "https://a.example/page", NOON)


def test_rss_1_is_read() -> None:
    """Its entries stand beside the channel."""
    head = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel><title>C</title></channel>"
    found = feed("<item><title>T</title></item>", head=head, end="</rdf:RDF>")
    assert (found.title, [one.title for one in found.entries]) == ("C", ["T"])


def test_an_entry_without_an_id_has_its_link_or_what_it_says() -> None:
    """The same entry has the same id every time."""
    found = feed("<item><link>https://a.example/</link></item><item><title>T</title></item>").entries
    assert found[0].id == "https://a.example/"
    assert found[1].id == feed("<item><title>T</title></item>").entries[0].id


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "//a.example/"])
def test_only_web_addresses_are_links(link: str) -> None:
    """Nobody who reads the report is led elsewhere."""
    assert feed(f"<item><title>T</title><link>{link}</link></item>").entries[0].link is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<!DOCTYPE r [<!ENTITY a 'b'>]><rss>&a;</rss>", "declares entities"),
        (b"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><rss>&a;</rss>", "declares entities"),
        (b"<rss>" + b"<a>" * 250_000, "200,000 tags"),
        (b"", "not well-formed"),
        (b"<svg/>", "neither RSS nor Atom"),
    ],
)
def test_what_is_no_feed_is_refused(content: bytes, sentence: str) -> None:
    """In one sentence, with nothing expanded and nothing fetched."""
    with pytest.raises(BadInputError, match=sentence):
        read_feed(content, name="feed")


def test_tags_within_tags_are_no_trouble() -> None:
    """However deep; entries stand at the top and nowhere else."""
    deep = "<item>" * 50_000 + "</item>" * 50_000
    assert len(feed(deep).entries) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Within a feed and by themselves."""
    for raw in (content, b"<rss><channel><item>" + content + b"</item></channel></rss>"):
        try:
            read_feed(raw, name="feed")
        except BadInputError:
            continue
