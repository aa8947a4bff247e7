"""What is slightly wrong with feeds in the wild, set right so that the strict parser takes them: never a guess at tags.

Three faults are common and harmless to set right: an `&` that is not written as `&amp;`, names of characters that HTML
knows and XML does not (`&nbsp;`), and bytes or characters that do not fit the encoding that is declared, among them
those that XML has not. Tags that do not match, an end that is missing and declarations of a document type stay what
they were: refused. Everything here takes one pass.
"""

import re
import sys
from html.entities import html5
from typing import NamedTuple

_DECLARED = re.compile(rb"""<\?xml\s[^<>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"<\?xml\s[^<>]{0,400}\?>")
_KNOWN_TO_ALL = re.compile(r"utf-?(8|16)|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]")
_KNOWN_TO_SOME = re.compile(r"shift_jis|euc-(jp|kr)|gb2312|gbk|big5")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
_REFERENCE = re.compile(r"&(?:(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,31}));)?")
_XML_KNOWS = {"amp", "lt", "gt", "quot", "apos"}  # XML 1.0 §4.6
_AS_IT_STANDS = re.compile(r"<!\[CDATA\[|<!--")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}
"""Where an `&` is an `&`, and where that ends."""


MOST_SIGNS = 500_000
"""A document with more `&` than that is left as it is."""


class Mended(NamedTuple):
    """A document in UTF-8 that may be well-formed now, and what was wrong with it, for people."""

    content: bytes
    faults: tuple[str, ...]


def mended(content: bytes) -> Mended | None:
    """A document that the strict parser does not take, set right; None where nothing that is known here is wrong."""
    if content.count(b"&") > MOST_SIGNS:
        return None
    stripped = content.lstrip(b" \t\r\n")
    text, fault = _decoded(stripped)
    text = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    plain = _NOT_IN_XML.sub("", text)
    whole = _escaped(plain)
    found = {
        "it does not begin with its declaration": stripped != content and stripped.startswith(b"<?xml"),
        fault: bool(fault),
        "it holds characters that XML has not": plain != text,
        "it does not write & as XML does": whole != plain,
    }
    faults = tuple(fault for fault, is_so in found.items() if is_so)
    return Mended(whole.encode(), faults) if faults else None


def _decoded(content: bytes) -> tuple[str, str]:
    """The text, and what is wrong with the encoding that it declares; empty where nothing is."""
    named = _DECLARED.match(content[:400])
    declared = named[1].decode().lower() if named else "utf-8"
    known, rare = _KNOWN_TO_ALL.fullmatch(declared), _KNOWN_TO_SOME.fullmatch(declared)
    for codec in (declared, "utf-8") if known or rare else ("utf-8",):
        try:
            text = content.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
        if codec == declared:
            return text, "" if known else "it is in an encoding that not every reader knows"
        return text, "it is not in the encoding that it declares"
    return content.decode("windows-1252", "replace"), "it is not in the encoding that it declares"


def _escaped(text: str) -> str:
    """Every `&` as XML has it, but where it stands for itself."""
    done: list[str] = []
    at = 0
    while begun := _AS_IT_STANDS.search(text, at):
        done.append(_REFERENCE.sub(_as_xml, text[at : begun.start()]))
        end = _ENDS[begun[0]]
        behind = text.find(end, begun.end())
        at = len(text) if behind < 0 else behind + len(end)
        done.append(text[begun.start() : at])
    done.append(_REFERENCE.sub(_as_xml, text[at:]))
    return "".join(done)


def _as_xml(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if decimal or hexadecimal:
        number = int(decimal) if decimal else int(hexadecimal, 16)
        return found[0] if number <= sys.maxunicode and not _NOT_IN_XML.match(chr(number)) else ""
    if name is None:
        return "&amp;"
    if name in _XML_KNOWS:
        return found[0]
    known = html5.get(f"{name};")
    return "".join(f"&#{ord(sign)};" for sign in known) if known else f"&amp;{name};"
