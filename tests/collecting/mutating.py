"""Files as they come in, and what becomes of them in hostile hands: bytes changed, cut, doubled, and worse put in."""

import json
import random
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP

from activities.arriving import Manner
from activities.collecting import Counts, Found, Hands, Reports
from activities.collecting.feed import FeedWay
from activities.collecting.fetching import Fetched, Fetcher
from activities.collecting.mail_taking import Post
from leerp.errors import BadInputError
from leerp.reports import ReportFormat
from notifications.sources.feed import FeedSettings
from tests.formats.examples import attribute, misp, sco, sdo, stix, tags

SOURCE = "csirt-lu"
_EVENT = misp(
    *(attribute("domain", f"site-{number}.example") for number in range(8)),
    attribute("filename|md5", "a.exe|" + "a" * 32),
    attribute("comment", "Traffic to 198.51.100.7 on Tuesday."),
    EventReport=[{"name": "Report", "content": "See https://evil.example/path"}],
    Tag=tags("tlp:amber", 'admiralty-scale:source-reliability="b"', "PAP:GREEN"),
)
_BUNDLE = stix(
    sco("domain-name", value="one.example"),
    sco("ipv4-addr", value="198.51.100.9"),
    sdo(
        "indicator",
        pattern="[url:value = 'https://evil.example/']",
        pattern_type="stix",
        valid_from="2026-01-01T00:00:00Z",
    ),
)
_FEED = (
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>CERT</title>"
    + b"".join(
        b"<item><title>Ransomware %d</title><guid>g-%d</guid><pubDate>Sun, 22 Nov 2026 1%d:00:00 +0000</pubDate>"
        b"<link>https://cert.example/%d</link>"
        b"<description>&lt;p&gt;See evil[.]example.com&lt;/p&gt;</description></item>"
        % (number, number, number, number)
        for number in range(5)
    )
    + b"</channel></rss>"
)
_ATOM = (
    b"<feed xmlns='http://www.w3.org/2005/Atom'><title>CERT</title><entry><id>urn:1</id><title type='html'>Ransomware"
    b"</title><updated>2026-11-22T10:00:00Z</updated><link rel='alternate' href='https://cert.example/1'/>"
    b"<content type='xhtml'><div><p>Worm at 198.51.100.1</p></div></content></entry></feed>"
)
_TABLE = (
    b"type,value,first_seen,comment,tlp\ndomain,one.example,2026-11-22T08:00:00Z,beacon,amber\nmd5,"
    + b"b" * 32
    + b",,,\n"
)


def _mail(
    *attached: tuple[bytes, str], text: str = "Screens show a ransom note. TLP:AMBER", html: bool = False
) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Desk <desk@csirt-lu.example>"
    message["Subject"] = "Hospitals encrypted"
    message["Message-ID"] = "<1@csirt-lu.example>"
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0000"
    message.set_content(text)
    if html:
        message.add_alternative("<html><style>x</style><p>Ransom <b>note</b> &amp; more</p></html>", subtype="html")
    for content, name in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def _signed() -> bytes:
    part = b"Content-Type: text/plain\r\n\r\nSigned words.\r\n"
    return (
        b"From: desk@csirt-lu.example\r\n"
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b'
        b"\r\n\r\n--b\r\n" + part + b"\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nxxx\r\n--b--\r\n"
    )


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


SEEDS: dict[str, tuple[bytes, ...]] = {
    "mail": (
        _mail(),
        _mail(html=True),
        _mail((_json(_EVENT), "event.json"), (_json(_BUNDLE), "b.json"), (_TABLE, "t.csv"), (b"words", "n.txt")),
        _signed(),
        _signed().replace(b"signed", b"encrypted").replace(b"pgp-signature", b"pgp-encrypted"),
        _mail((b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n", "invite.ics")),
    ),
    "misp": (_json(_EVENT), json.dumps(_EVENT, indent=1).encode()),
    "stix": (_json(_BUNDLE),),
    "feed": (_FEED, _ATOM),
    "csv": (_TABLE, _TABLE.replace(b",", b";"), _TABLE.decode().encode("utf-16")),
}
"""A few of every kind."""

_NASTY = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\r\n\r\n",
        b"--b\r\n",
        b"=?utf-8?b?" + b"A" * 200 + b"?=",
    ),
    *(b"[" * 200, b"{" * 200, b'{"a":' * 100, b"9" * 5_000, b"1e999999", b"NaN", b"\\ud800", b"<![CDATA[", b"<!--"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;" * 50, b"<a>" * 300, b"Content-Type: message/rfc822\r\n\r\n"),
    *(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", b"1.1.1.1.1 " * 300, b"a." * 2_000, b"(" * 3_000),
    *(b"Content-Transfer-Encoding: base64\r\n", b"-----BEGIN PGP MESSAGE-----\r\n", b"charset=utf-7", b"TLP:RED "),
    *(b'"' * 999, b"," * 999, b"=cmd|' /C calc'!A0", b"hxxp://" + b"x" * 500, b"::" * 500, b"2026-99-99T99:99:99Z"),
)


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The file after one to six changes."""
    for _ in range(chance.randint(1, 6)):
        content = chance.choice(_CHANGES)(content, chance)
    return content[: 2 * 2**20]


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(content: bytes, chance: random.Random) -> bytes:
    begin, end = sorted((chance.randint(0, len(content)), chance.randint(0, len(content))))
    return content[:begin] + content[end:] if end - begin < len(content) // 2 else content[begin:end]


def _double(content: bytes, chance: random.Random) -> bytes:
    begin, end = sorted((chance.randint(0, len(content)), chance.randint(0, len(content))))
    return content[:end] + content[begin:end] * chance.randint(1, 20) + content[end:]


def _insert(content: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(content))
    return content[:place] + chance.choice(_NASTY) * chance.choice((1, 1, 1, 10)) + content[place:]


def _splice(content: bytes, chance: random.Random) -> bytes:
    other = chance.choice(SEEDS[chance.choice(sorted(SEEDS))])
    return content[: chance.randint(0, len(content))] + other[chance.randint(0, len(other)) :]


def _number(content: bytes, chance: random.Random) -> bytes:
    places = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    if not places:
        return content
    place = chance.choice(places)
    return content[:place] + chance.choice((b"-1", b"0", b"99999999999999999999", b"1e400")) + content[place + 1 :]


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip,
    _cut,
    _double,
    _insert,
    _insert,
    _splice,
    _number,
)

_FORMATS = {"misp": ReportFormat.MISP, "stix": ReportFormat.STIX, "csv": ReportFormat.CSV}


async def take(kind: str, content: bytes, hands: Hands) -> Counts:
    """Take a file in by the way it would come. A feed that cannot be read is refused before anything is taken."""
    if kind == "mail":
        return await Post(source="reports", secret=None).take_in(content, hands, name="reports/1")
    if kind == "feed":
        return await _take_feed(content, hands)
    manner = Manner(data={"collected_from": kind})
    return await hands.report(Found(content=content, name=kind, source=SOURCE, format=_FORMATS[kind], manner=manner))


async def _take_feed(content: bytes, hands: Hands) -> Counts:
    rules = [{"name": "r", "any": ["ransomware", "worm"]}]
    settings = FeedSettings.model_validate({"kind": "feed", "url": "https://cert.example/feed", "keywords": rules})
    fetcher = Fetcher("feed", settings, clock=hands.rooms.wall_clock)
    way = FeedWay("feed", settings, fetcher, centre=hands.rooms.directory().centre.id)
    try:
        portion: Reports = way._portion(
            Fetched(status=200, headers={}, content=content), None, hands.rooms.wall_clock()
        )
    except BadInputError:
        return Counts(refused=1)
    return await portion.take_in(hands)
