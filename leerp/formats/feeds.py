"""RSS (0.9x, 1.0, 2.0) and Atom (RFC 4287): the entries of a feed, as anybody may have written it.

No entity that a document declares is expanded and nothing it names is fetched. What is not well-formed is refused: the
operator is told, instead of a guess being taken for what the feed says. Only a few faults that leave no doubt about
what was meant are set right (`leerp.formats.feed_mending`), and the operator is told of these as well.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError  # the types alone; defusedxml parses

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from leerp.errors import BadInputError
from leerp.formats.feed_mending import mended
from leerp.formats.markup import visible
from leerp.formats.texts import line, prose

MAX_BYTES = 5 * 1024 * 1024
MAX_TAGS = 200_000
MAX_ENTRIES = 1_000
MAX_ENTRY_CHARACTERS = 100_000

_MALFORMED = (ParseError, ValueError, LookupError)
"""What the parser raises; the last two for an encoding that is none."""

_ENTRIES = {"item", "entry"}
_IDS = ("guid", "id")
_TEXTS = ("encoded", "content", "description", "summary")
_TIMES = ("pubdate", "published", "updated", "date")


class Entry(NamedTuple):
    """An entry. `id`: what the feed calls it, else its link, else a digest of what it says; `at`: aware, if given."""

    id: str
    title: str
    text: str
    link: str | None
    at: datetime | None


class Feed(NamedTuple):
    """A feed: its title and its entries, in its order. `faults`: what was set right, for people."""

    title: str
    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()


def read_feed(content: bytes, *, name: str) -> Feed:
    """The feed in a document. BadInputError for what is too large, not well-formed, declares entities or is no feed."""
    if len(content) > MAX_BYTES or content.count(b"<") > MAX_TAGS:
        raise BadInputError(f"{name}: more than {MAX_BYTES // 2**20} MiB or {MAX_TAGS:,} tags; it is not read")
    root, faults = _parsed(content, name)
    if _plain(root.tag) not in ("rss", "rdf", "feed"):
        raise BadInputError(f"{name}: neither RSS nor Atom; name the address of the feed itself")
    parts = list(_upper(root))
    found = [one for one in parts if _plain(one.tag) in _ENTRIES]
    title = next((_text(one) for one in parts if _plain(one.tag) == "title"), "")
    return Feed(line(title, otherwise="Feed"), tuple(map(_entry, found[:MAX_ENTRIES])), faults)


def _parsed(content: bytes, name: str) -> tuple[Element, tuple[str, ...]]:
    """The document, and what had to be set right before it could be parsed."""
    try:
        return fromstring(content), ()
    except DefusedXmlException as error:
        raise BadInputError(f"{name}: declares entities, which no feed needs; it is not read") from error
    except _MALFORMED as error:
        refused = BadInputError(f"{name}: not well-formed XML; ask whoever runs the feed")
        refused.__cause__ = error
    better = mended(content)
    if better is None:
        raise refused
    try:
        return fromstring(better.content, forbid_dtd=True), better.faults
    except (DefusedXmlException, *_MALFORMED):
        raise refused from None


def _upper(root: Element) -> Iterator[Element]:
    """The parts of the feed, and of its channel: nowhere else do entries stand."""
    for part in root:
        yield part
        if _plain(part.tag) == "channel":
            yield from part


def _plain(tag: object) -> str:
    """A name without its namespace; nothing for a comment."""
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _entry(element: Element) -> Entry:
    parts: dict[str, Element] = {}
    for child in element:
        parts.setdefault(_plain(child.tag), child)
    title = line(_shown(parts.get("title")), otherwise="Entry without a title")
    texts = (prose(_shown(parts[name])) for name in _TEXTS if name in parts)
    text = next(filter(None, texts), "")
    link = next(_links(element), None)
    given = next(filter(None, (_text(parts[name]).strip() for name in _IDS if name in parts)), None)
    return Entry(
        id=given or link or hashlib.sha256(f"{title}\0{text}".encode()).hexdigest(),
        title=title,
        text=text,
        link=link,
        at=next(filter(None, (_time(_text(parts[name])) for name in _TIMES if name in parts)), None),
    )


def _links(element: Element) -> Iterator[str]:
    """The web addresses that an entry links to, the page itself first."""
    links = [child for child in element if _plain(child.tag) == "link"]
    for link in sorted(links, key=lambda one: one.get("rel", "alternate") != "alternate"):
        address = line(link.get("href") or link.text or "", otherwise="", limit=2_000)
        if address.lower().startswith(("https://", "http://")):
            yield address


def _text(element: Element) -> str:
    """All the text within an element, up to what is kept of it."""
    kept: list[str] = []
    room = MAX_ENTRY_CHARACTERS
    for piece in element.itertext():
        kept.append(piece[:room])
        room -= len(piece)
        if room <= 0:
            break
    return "".join(kept)


def _shown(element: Element | None) -> str:
    """What a reader would see of it: the text may be HTML, written as text or as tags."""
    return "" if element is None else "".join(visible(_text(element)))


def _time(text: str) -> datetime | None:
    """A time as RSS (RFC 5322) or Atom (RFC 3339) writes it; without a zone it is in UTC."""
    text = text.strip()[:64]
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = parse(text)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
