"""Words of a search: compared without case, accents and fangs, and taken apart in time that grows with the text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.observables import Observable, ObservableKind
from leerp.search_passages import around, whole
from leerp.search_terms import domain_terms, key_of, observable_of, terms_of, terms_of_text, wanted_in
from leerp.search_words import LONGEST_WORD, fold, tokens
from leerp.searching import MAX_QUERY, MAX_WORDS


def words(text: str) -> set[str]:
    """Everything a text is found by."""
    return {word for token in tokens(text) for word in token.words}


def found(query: str, *terms: str) -> list[str]:
    """Which of these terms a query of one word asks for."""
    (wanted,) = wanted_in(query)
    return [term for term in terms if wanted.range_of(term)]


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Hôpital", "hopital"),
        ("Ho\N{COMBINING CIRCUMFLEX ACCENT}pital", "hopital"),
        ("ŁÓDŹ", "lodz"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\N{LATIN SMALL LIGATURE FI}le", "file"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER W}orm", "worm"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
    ],
)
def test_case_accents_and_forms_do_not_count(written: str, compared: str) -> None:
    """However a word is written, it is the same word."""
    assert fold(written) == compared
    assert words(written) == {compared}


@pytest.mark.parametrize("written", ["evil[.]example", "evil(.)example", "evil{.}example", "evil[dot]example"])
def test_fangs_do_not_count(written: str) -> None:
    """A domain that nobody can click is found by its name and by its labels."""
    assert words(f"see {written}, please") >= {"evil.example", "evil", "example"}
    assert found(written, *terms_of(Observable(kind=ObservableKind.DOMAIN, value="www.evil.example")))


def test_joined_words_are_one_and_each_by_itself() -> None:
    """An id is found whole and by its parts; a run that is too long only by its parts."""
    assert words("MS17-010") == {"ms17-010", "ms17", "010"}
    assert words("-".join(["long"] * 20)) == {"long"}
    assert words("x" * 100) == {"x" * LONGEST_WORD}


@pytest.mark.parametrize(
    ("query", "kind", "value"),
    [
        ("evil.example", ObservableKind.DOMAIN, "a.b.evil.example"),
        ("hxxps://evil[.]example/A", ObservableKind.URL, "https://evil.example/A/b"),
        ("evil.example", ObservableKind.URL, "https://evil.example:8443/x"),
        ("evil.example", ObservableKind.EMAIL, "boss@evil.example"),
        ("boss[at]evil[.]example", ObservableKind.EMAIL, "boss@evil.example"),
        ("10.0.0.0/8", ObservableKind.IPV4, "10.255.1.2"),
        ("10.1.2.3", ObservableKind.URL, "http://10.1.2.3/x"),
        ("10[.]1[.]2", ObservableKind.IPV4, "10.1.2.3"),
        ("2001:db8::/32", ObservableKind.IPV6, "2001:db8::7"),
        ("2001:DB8::7", ObservableKind.IPV6, "2001:db8::7"),
        ("cve-2017", ObservableKind.CVE, "CVE-2017-0144"),
        ("AABB", ObservableKind.MD5, "aabb" * 8),
        ("tasksche", ObservableKind.FILENAME, "TaskSche.EXE"),
    ],
)
def test_an_observable_is_found(query: str, kind: ObservableKind, value: str) -> None:
    """By its beginning, by the domain over it, by the network around it; the term says what it is."""
    terms = found(query, *terms_of(Observable(kind=kind, value=value)))
    assert {observable_of(term) for term in terms} == {f"{kind}:{value}"}


@pytest.mark.parametrize(
    ("query", "kind", "value"),
    [
        ("evil.example", ObservableKind.DOMAIN, "notevil.example"),
        ("evil.example", ObservableKind.DOMAIN, "evil.example2"),
        ("10.0.0.0/8", ObservableKind.IPV4, "11.0.0.0"),
        ("10.0.0.0/31", ObservableKind.IPV4, "10.0.0.2"),
        ("2001:db8::/32", ObservableKind.IPV6, "2001:db9::1"),
    ],
)
def test_what_only_looks_alike_is_not_found_as_lying_under(query: str, kind: ObservableKind, value: str) -> None:
    """Another domain does not lie under this one, nor another address in this network."""
    terms = [term for term in terms_of(Observable(kind=kind, value=value)) if term[0] != "="]
    assert found(query, *terms) == []


@settings(max_examples=25)
@given(st.text(max_size=300), st.sampled_from([kind for kind in ObservableKind if not kind.startswith("ip")]))
def test_terms_hold_for_any_value(value: str, kind: ObservableKind) -> None:
    """Whatever an observable holds, its terms fit an index of either engine, and its own beginning finds it."""
    observable = Observable.model_construct(kind=kind, value=value)
    for term in terms_of(observable):
        assert len(term.encode("utf-8", "surrogatepass")) < 2_500
        assert "\0" not in term
        assert str(observable_of(term)).startswith(f"{kind}:")


@settings(max_examples=40)
@given(st.text(max_size=200))
def test_any_query_is_read_or_refused(text: str) -> None:
    """A query is words with places to look, or is refused for having too many; and text is marked inside itself."""
    try:
        wanted = wanted_in(text)
    except BadInputError:
        return
    assert all(one.ranges and all(place.first < place.end for place in one.ranges) for one in wanted)
    for passage in (whole(text, wanted), around(text, wanted)):
        assert passage is None or all(0 <= first < last <= len(passage.text) for first, last in passage.marks)


def test_too_much_is_refused() -> None:
    """A query has a length and a number of words; a word that is repeated counts once."""
    with pytest.raises(BadInputError, match="at most 200"):
        wanted_in("a" * (MAX_QUERY + 1))
    with pytest.raises(BadInputError, match="at most 10"):
        wanted_in(" ".join(f"word{number}" for number in range(MAX_WORDS + 1)))
    assert len(wanted_in("worm " * 30)) == 1
    assert wanted_in(" ,;* ") == ()


def test_a_passage_shows_the_words_in_their_place() -> None:
    """The text around the first word, on one line, with each word as it was written."""
    text = "x " * 500 + "The Wörm was\nseen on evil[.]example" + " y" * 500
    passage = around(text, wanted_in("worm evil.example"))
    assert passage is not None
    assert [passage.text[first:last] for first, last in passage.marks] == ["Wörm", "evil[.]example"]
    assert len(passage.text) < 300
    assert "\n" not in passage.text


def test_one_letter_is_that_letter_alone() -> None:
    """One letter is no beginning: half of everything would begin with it."""
    assert found("a", "a", "ab") == ["a"]
    assert [key_of(term) for term in found("ab", "ab", "abc", "b")] == ["ab", "abc"]


SIGNS = (".", "@", "_", "-", "+", "[.]", "(dot)", "[at]", "{.}", "[", "]", "(", ")", "{", "}", "://", " ", "\n")
PARTS = ("evil", "example", "At", "DOT", "hxxp", "HXXPS", "10", "x" * 70, "é", "\u0301", "İ", "ß", "\uff12", "\u017f")


@settings(max_examples=300, derandomize=True)
@given(st.lists(st.sampled_from(SIGNS + PARTS), max_size=25).map("".join))
def test_the_index_has_the_words_that_are_marked(text: str) -> None:
    """The short way in which a text is indexed gives the words of `tokens`, in their order, and the same domains."""
    expected = dict.fromkeys(word for token in tokens(text) for word in (*token.words, *domain_terms(token.whole)))
    assert list(dict.fromkeys(word for words_ in terms_of_text(text) for word in words_)) == list(expected)
