"""Terms: under what a thing is kept in the index, and which terms a query asks for.

A term is a word; or `=` and a value, `<` and a domain from its last label to its first, `>` and an address as a number,
each followed by the observable that it stands for. So a domain's subdomains, and the addresses of a network, stand
together in the order of the terms, and one range finds them.
"""

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from leerp.errors import BadInputError
from leerp.observables import Observable, ObservableKind, normalise
from leerp.search_words import LONGEST_WORD, Token, fold, plain, read_run, runs, tokens
from leerp.searching import MAX_QUERY, MAX_WORDS

LAST = "\U0010ffff"
"""What sorts after everything."""

NEXT = "\x01"
"""What, put behind a word, sorts after it and before every other."""

WORD = "word"
"""Why something is found: it is the word, or begins with it."""

_BETWEEN = "\x1f"
_LONGEST = 240
_HOSTS = (ObservableKind.URL, ObservableKind.EMAIL)
_ADDRESSES = (ObservableKind.IPV4, ObservableKind.IPV6)
_CONTROL = re.compile("[\0-\x1f]")
_STRIPPED = "\"'`<>,;!?*|\\"


class Range(NamedTuple):
    """Terms from `first` to before `end`. `whole`: the term, up to the observable, that is exactly what was asked.

    `why`: what it means when something is found here.
    """

    first: str
    end: str
    whole: str
    why: str


class Wanted(NamedTuple):
    """One word of a query: how it is compared, and where it may stand."""

    word: str
    ranges: tuple[Range, ...]

    def range_of(self, term: str) -> Range | None:
        """Where a term lies; None where it is not asked for."""
        return next((one for one in self.ranges if one.first <= term < one.end), None)


def terms_of(observable: Observable) -> Iterator[str]:
    """The terms of an observable: its value, and what it lies under."""
    kind, value = observable.kind, observable.value
    key = fold(value)
    yield "=" + _of(key, observable, written=value != key)
    if kind in _ADDRESSES:
        yield ">" + _of(_number(value), observable)
    elif kind is ObservableKind.DOMAIN:
        yield "<" + _of(_backwards(value), observable)
    elif kind in _HOSTS:
        yield from (sign + _of(key, observable) for sign, key in _host(observable))


def terms_of_text(text: str) -> Iterator[tuple[str, ...]]:
    """The terms of each run of joined words in a text: its words, and the domain that it may be."""
    for written in runs(text):
        whole, words = read_run(written)
        yield (*words, *domain_terms(whole)) if words and "." in whole else words


def domain_terms(whole: str) -> Iterator[str]:
    """The term of a domain that only stands in a text, and is no observable. `whole`: a run of joined words."""
    if "." in whole:
        with suppress(ValueError):
            yield "<" + _backwards(normalise(ObservableKind.DOMAIN, whole))[:_LONGEST] + _BETWEEN


def observable_of(term: str) -> str | None:
    """The `kind:value` that a term stands for, or `kind:` and `sha256:` with its digest where it is long; else None."""
    if term[0] not in "=<>":
        return None
    key, _, said = term[1:].partition(_BETWEEN)
    kind, _, value = said.partition(_BETWEEN)
    return f"{kind}:{value or key}" if kind else None


def key_of(term: str) -> str:
    """A term without the observable behind it."""
    return term.partition(_BETWEEN)[0]


def digest_in(observable: str) -> str | None:
    """The digest by which a long observable is named, as in `records.sightings`."""
    kind, _, value = observable.partition(":")
    return value.removeprefix(_BETWEEN) if kind and value.startswith(_BETWEEN) else None


def _of(key: str, observable: Observable, *, written: bool = True) -> str:
    """A key with its observable behind it; a long one, or one with signs that sort before others, by its digest."""
    value = observable.value if written else ""
    if len(observable.value) > _LONGEST or _CONTROL.search(observable.value):
        named = f"{observable.kind}:{observable.value}".replace("\0", "\N{SYMBOL FOR NULL}")
        value = _BETWEEN + hashlib.sha256(named.encode()).hexdigest()
        key = "".join(max(sign, " ") for sign in key)
    return f"{key[:_LONGEST]}{_BETWEEN}{observable.kind}{_BETWEEN}{value}"


def _backwards(domain: str) -> str:
    return "".join(f"{label}." for label in reversed(domain.split(".")))


def _number(address: str) -> str:
    """An address as a number that sorts: its version, and hexadecimal digits."""
    known = ipaddress.ip_address(address)
    return f"{known.version}:{int(known):0{known.max_prefixlen // 4}x}"


def _host(observable: Observable) -> Iterator[tuple[str, str]]:
    value = observable.value
    host = ""
    with suppress(ValueError):
        host = (urlsplit(value).hostname or "") if observable.kind is ObservableKind.URL else value.rpartition("@")[2]
    if ":" in host or host[-1:].isdigit():  # every address is so; to try what is none takes long
        with suppress(ValueError):
            yield ">", _number(host)
            return
    with suppress(ValueError):
        yield "<", _backwards(normalise(ObservableKind.DOMAIN, host.lower()))


def wanted_in(text: str) -> tuple[Wanted, ...]:
    """The words of a query, each once; raises BadInputError when it is too long."""
    if len(text) > MAX_QUERY:
        raise BadInputError(f"a search of {len(text)} characters; ask with at most {MAX_QUERY}")
    found: dict[str, Wanted] = {}
    for written in written_in(text):
        for one in _wanted(written):
            found.setdefault(one.word, one)
    if len(found) > MAX_WORDS:
        raise BadInputError(f"a search of {len(found)} words; ask with at most {MAX_WORDS}")
    return tuple(found.values())


def written_in(text: str) -> list[str]:
    """What stands between the blanks of a query, as it is written, without the signs around it."""
    apart = "".join(sign if sign.isprintable() else " " for sign in text).split()
    return [written.strip(_STRIPPED) for written in apart]


def _wanted(written: str) -> Iterator[Wanted]:
    value = plain(written[1:-1] if written[:1] + written[-1:] in ("()", "[]", "{}") else written)
    words = [word for token in tokens(written) for word in _asked(token)]
    technical = (*_values(value), *_under(value), *_within(value))
    if len(words) == 1 or (words and ("://" in value or "@" in value or len(technical) > 1)):
        by_word = _by_word(words[0]) if len(words) == 1 else ()
        yield Wanted(words[0] if len(words) == 1 else value, (*by_word, *technical))
    else:
        yield from (Wanted(word, (*_by_word(word), *_values(word))) for word in words)


def _asked(token: Token) -> tuple[str, ...]:
    """A run of joined words is asked for as it stands; a long one is not kept so, and is its words."""
    return (token.whole,) if len(token.whole) <= LONGEST_WORD else token.words


def _by_word(word: str) -> Iterable[Range]:
    yield Range(word, word + (LAST if len(word) > 1 else NEXT), word, WORD)


def _values(value: str) -> Iterable[Range]:
    """Observables that begin so."""
    if len(value) > 1:
        yield Range(f"={value[:_LONGEST]}", f"={value[:_LONGEST]}{LAST}", f"={value[:_LONGEST]}", "value")


def _under(value: str) -> Iterable[Range]:
    """The domain, those under it, and what stands on them."""
    with suppress(ValueError):
        domain = normalise(ObservableKind.DOMAIN, value)
        first = f"<{_backwards(domain)}"[:_LONGEST]
        yield Range(first, first + LAST, first, f"under {domain}")


def _within(value: str) -> Iterable[Range]:
    """The addresses of a network; of one address, what stands on it."""
    with suppress(ValueError):
        network = ipaddress.ip_network(value, strict=False)
        first, last = _number(str(network[0])), _number(str(network[-1]))
        whole = f">{first}" if first == last else ""
        yield Range(f">{first}", f">{last}{LAST}", whole, f"in {network}")
