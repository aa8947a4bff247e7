"""Observables and labels in running text, as people write them to each other: also defanged (`1.2.3[.]4`, `hxxp`).

Modest on purpose: what has no sure shape (file names, mutexes, wallets) is left to a person. Every expression is
bounded so that its time grows with the length of the text and not with its square.
"""

import re
import unicodedata
from functools import cache
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList

from leerp.errors import BadInputError
from leerp.formats.findings import Findings
from leerp.formats.taxonomies import EUCI, marking_of, parse
from leerp.marking import Level, Marking, join_all
from leerp.observables import ObservableKind

MAX_CHARACTERS = 1_000_000
"""The longest text that is searched."""

_DOT = "\ue000"  # stands for a defanged dot while searching: who writes evil[.]zip means no file
_REFANGED = (
    (re.compile(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)", re.IGNORECASE), _DOT),
    (re.compile(r"\[:\]"), ":"),
    (re.compile(r"\[://\]"), "://"),
    (re.compile(r"\[@\]|\[at\]|\(at\)", re.IGNORECASE), "@"),
    (re.compile(r"\bhxxp(s?)(?=:)", re.IGNORECASE), r"http\1"),
)

_URL = re.compile(r"\b(?:https?|ftps?)://[^\s<>\"'`{}|\\^]{1,2048}", re.IGNORECASE)
_EMAIL = re.compile(rf"(?<![\w.+%-])[\w.+%-]{{1,64}}@(?:[a-z0-9-]{{1,63}}[.{_DOT}]){{1,8}}[a-z]{{2,63}}", re.IGNORECASE)
_RANGE = re.compile(rf"(?<![\w.])(?:\d{{1,3}}[.{_DOT}]){{3}}\d{{1,3}}/\d{{1,2}}(?!\w)")
_IPV4 = re.compile(rf"(?<![\w.-])(?:\d{{1,3}}[.{_DOT}]){{3}}\d{{1,3}}(?![.{_DOT}]?\w)")
_TOO_MANY_PARTS = re.compile(rf"(?<![\w.-])(?:\d{{1,3}}[.{_DOT}]){{4,16}}\d{{1,3}}(?![.{_DOT}]?\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-f]{0,4}:)[0-9a-f:.]{6,45}(?![\w:])", re.IGNORECASE)
_HASH = re.compile(r"(?<!\w)(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?!\w)", re.IGNORECASE)
_CVE = re.compile(r"(?<!\w)CVE-\d{4}-\d{4,19}(?!\w)", re.IGNORECASE)
_DOMAIN = re.compile(
    rf"(?<![\w@.{_DOT}/-])(?:[^\W_](?:[\w-]{{0,61}}\w)?[.{_DOT}]){{1,10}}(?:xn--[a-z0-9-]{{2,59}}|[^\W\d_]{{2,63}})(?![\w@-])",
    re.IGNORECASE,
)
_TLP = re.compile(r"\bTLP[:\s_-]{1,3}(CLEAR|WHITE|GREEN|AMBER(?:\s?\+\s?STRICT)?|RED)\b", re.IGNORECASE)

_HASHES = {
    32: ObservableKind.MD5,
    40: ObservableKind.SHA1,
    64: ObservableKind.SHA256,
    128: ObservableKind.SHA512,
}
_FILE_ENDINGS = frozenset("cab md mov ps py sh so zip".split())
"""Top-level domains that in running text are mostly the ends of file names."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)


def find_in_text(text: str, findings: Findings, *, name: str) -> None:
    """Add what stands in a text to the findings. BadInputError when the text is longer than MAX_CHARACTERS."""
    if len(text) > MAX_CHARACTERS:
        raise BadInputError(
            f"{name}: {len(text):,} characters of text, more than {MAX_CHARACTERS:,}; hand it in without its logs"
        )
    text = text.replace(_DOT, " ")
    for expression, plain in _REFANGED:
        text = expression.sub(plain, text)
    text = _take(_URL, ObservableKind.URL, text, findings)
    text = _take(_EMAIL, ObservableKind.EMAIL, text, findings)
    text = _take(_CVE, ObservableKind.CVE, text, findings)
    text = _pass_over_ranges(text, findings)
    _note_what_is_no_address(text, findings)
    text = _take(_IPV4, ObservableKind.IPV4, text, findings)
    _find_ipv6(text, findings)
    for match in _HASH.finditer(text):
        if not match[0].isdigit():  # a number, more likely
            findings.add(_HASHES[len(match[0])], match[0], written_as="hash in the text")
    _find_domains(text, findings)


def _take(expression: re.Pattern[str], kind: ObservableKind, text: str, findings: Findings) -> str:
    """Add every match and give back the text without them, so that a URL is not read again as a domain."""
    for match in expression.finditer(text):
        value = match[0].replace(_DOT, ".")
        findings.add(kind, _unwrapped(value) if kind is ObservableKind.URL else value, written_as=f"{kind} in the text")
    return expression.sub(" ", text)


def _unwrapped(url: str) -> str:
    """A URL without the punctuation of the sentence around it; closing brackets stay if the URL opened them."""
    for _ in range(8):
        last = url[-1]
        opening = {")": "(", "]": "["}.get(last)
        if last not in ".,;:!?)]" or (opening and url.count(opening) >= url.count(last)):
            break
        url = url[:-1]
    return url


def _pass_over_ranges(text: str, findings: Findings) -> str:
    ranges = len(_RANGE.findall(text))
    if ranges:
        findings.notes.count("address range in the text", "not mapped", times=ranges)
    return _RANGE.sub(" ", text)


def _note_what_is_no_address(text: str, findings: Findings) -> None:
    """Say where numbers stand that look like an address and are none: a digit too many is one to ask about."""
    for match in _TOO_MANY_PARTS.finditer(text):
        where = text.count("\n", 0, match.start()) + 1
        findings.notes.count(f"number of more than four parts in line {where}", "no address; left out")


def _find_ipv6(text: str, findings: Findings) -> None:
    for match in _IPV6.finditer(text):
        value = match[0].rstrip(".:") if not match[0].endswith("::") else match[0]
        try:
            ip_address(value)
        except ValueError:  # a time of day, a hardware address, a name in a program
            continue
        if ":" in value and any(sign.isdigit() for sign in value):
            findings.add(ObservableKind.IPV6, value, written_as="ipv6 in the text")


def _find_domains(text: str, findings: Findings) -> None:
    for written in sorted({match[0] for match in _DOMAIN.finditer(text)}):
        value = written.replace(_DOT, ".").lower()
        ending = value.rpartition(".")[2]
        if ending in _FILE_ENDINGS and _DOT not in written:
            findings.notes.count(f"name ending in .{ending}", "read as the name of a file; write [.] if it is a domain")
        elif _is_registrable(value):
            findings.add(ObservableKind.DOMAIN, value, written_as="domain in the text")
        elif _DOT in written:
            findings.notes.count("defanged name", "under no suffix of the Public Suffix List; left out")


def _is_registrable(domain: str) -> bool:
    """Whether somebody can hold this name: it lies under a suffix of the Public Suffix List and is not one itself."""
    try:
        ascii_name = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return _suffixes().privatesuffix(ascii_name) is not None


def marking_in_text(text: str, findings: Findings) -> Marking:
    """The basic protection level, tightened by every TLP label and EU classification that the text spells out."""
    labels = sorted({"tlp:" + "".join(match[1].lower().split()) for match in _TLP.finditer(text)})
    if labels:
        findings.notes.say(f"the text speaks of {', '.join(labels)}: the tightest is taken, a person should confirm")
    marks = [marking_of(parse([label]), where="the text", notes=findings.notes) for label in labels]
    plain = _without_accents(text)
    levels = [level for level in Level if any(mark in plain for mark in _classification_marks(level))]
    if levels:
        findings.notes.say(f"the text speaks of {levels[-1].full}: taken as its level, a person should confirm")
    return join_all([Marking(), *(mark for mark in marks if mark), *(Marking(level=level) for level in levels)])


def _classification_marks(level: Level) -> tuple[str, ...]:
    """How a level is written (2013/488/EU Annex III(12)): in either language, or short. Nothing below RESTREINT."""
    if level.rank < Level.RESTREINT.rank:
        return ()
    short = (key.upper() for key, value in EUCI.items() if value is level and "/" in key)
    return (*_without_accents(level.full).split("/"), *short)


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
