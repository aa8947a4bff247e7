"""Domains that a person would take for one another: other alphabets behind `xn--`, and digits for letters."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

_CYRILLIC = {
    "\u0430": "a", "\u0432": "b", "\u0435": "e", "\u043a": "k", "\u043c": "m", "\u043d": "h", "\u043e": "o",
    "\u0440": "p", "\u0441": "c", "\u0442": "t", "\u0443": "y", "\u0445": "x", "\u0455": "s", "\u0456": "i",
    "\u0458": "j", "\u04cf": "l", "\u0501": "d", "\u051b": "q", "\u051d": "w",
}  # fmt: skip
_GREEK = {
    "\u03b1": "a", "\u03b2": "b", "\u03b5": "e", "\u03b9": "i", "\u03ba": "k", "\u03bd": "v", "\u03bf": "o",
    "\u03c1": "p", "\u03c4": "t", "\u03c5": "u", "\u03c7": "x", "\u03c9": "w",
}  # fmt: skip
_LATIN = {"\u0131": "i", "\u0142": "l", "\u00f8": "o", "\u0261": "g"}
_DIGITS = {"0": "o", "1": "l", "5": "s"}
_DRAWN_LIKE = str.maketrans(_CYRILLIC | _GREEK | _LATIN | _DIGITS)
"""Signs and the Latin letter each is drawn like: the part of Unicode UTS 39 that fits into domain names."""

_PAIRS = (("rn", "m"), ("vv", "w"))


def lookalike_faults(addresses: Iterable[tuple[str, str]]) -> Iterator[str]:
    """One sentence for every pair of domains that look alike, and for every one that hides another alphabet.

    `addresses`: the id of a stakeholder and an address of its own, of which only the domain counts.
    """
    owners: dict[str, list[str]] = defaultdict(list)
    for owner, address in addresses:
        for domain in _domains(address):
            if owner not in owners[domain]:
                owners[domain].append(owner)
    alike: dict[str, list[str]] = defaultdict(list)
    for domain, ids in owners.items():
        alike[_skeleton(_decoded(domain))].append(domain)
        if hidden := _hidden(domain):
            yield f"{', '.join(ids)}: {domain} {hidden}; check it by telephone"
    for domains in alike.values():
        for other in domains[1:]:
            who = ", ".join(dict.fromkeys((*owners[domains[0]], *owners[other])))
            yield f"{domains[0]} and {other} look alike ({who}); check both by telephone, one may be false"


def hides(domain: str) -> str | None:
    """What a domain, or a domain above it, hides from a hasty reader; None when nothing is found."""
    return next((hidden for one in _domains(domain) if (hidden := _hidden(one))), None)


def _domains(address: str) -> Iterator[str]:
    """The domain of an address or a web address, and the domains above it down to two labels."""
    host = (urlsplit(address).hostname or "") if "://" in address else address.rpartition("@")[2]
    labels = host.casefold().rstrip(".").split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])


def _decoded(domain: str) -> str:
    """The domain as it is shown: `xn--` labels decoded (RFC 3492), where they can be."""
    return ".".join(_label(label) for label in domain.split("."))


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return label


def _skeleton(text: str) -> str:
    """What is left of a text for a hasty reader."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    drawn = plain.translate(_DRAWN_LIKE)
    for pair, letter in _PAIRS:
        drawn = drawn.replace(pair, letter)
    return drawn


def _hidden(domain: str) -> str | None:
    """What the nearest label of a domain hides: that it reads like Latin letters and is not written in them."""
    label = domain.partition(".")[0]
    shown = _label(label)
    if shown == label:
        return None
    foreign = any(sign.isalpha() and not unicodedata.name(sign, "").startswith("LATIN") for sign in shown)
    if foreign and _skeleton(shown).isascii():
        return f"is written in another alphabet and reads like {_skeleton(shown)}"
    latin = any(unicodedata.name(sign, "").startswith("LATIN") for sign in shown)
    return "mixes alphabets" if foreign and latin else None
