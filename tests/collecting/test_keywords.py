"""Keyword rules: whole words and phrases, in any language, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from leerp.keywords import KeywordRule, first_match


def rule(**words: list[str]) -> KeywordRule:
    """A rule."""
    return KeywordRule.model_validate({"name": "r", **words})


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("ransomware", "RANSOMWARE at ports", True),
        ("ransom", "ransomware at ports", False),
        ("SAP", "do it asap", False),
        ("rançongiciel", "Un RANC\u0327ONGICIEL", True),
        ("encrypted files", "encrypted\n  files", True),
        ("encrypted files", "files encrypted", False),
        ("Straße", "STRASSE", True),
        ("вымогатель", "Новый вымогатель.", True),
        ("勒索", "新型勒索软件", True),
        ("C++", "a C++ library", True),
        ("CVE-2026-1", "CVE-2026-12", False),
    ],
)
def test_a_keyword_is_a_whole_word_whatever_its_case_and_script(keyword: str, text: str, found: bool) -> None:
    """Where words have spaces between them; elsewhere it is found anywhere."""
    assert (first_match([rule(any=[keyword])], text) is not None) is found


def test_all_any_and_not_hold_together() -> None:
    """Every one of all, one of any, none of not; the first rule that matches is named."""
    one = rule(all=["port"], any=["wiper", "ransomware"], **{"not": ["exercise"]})
    assert first_match([one], "A wiper at the port") is one
    assert first_match([one], "A wiper") is None
    assert first_match([one], "The port") is None
    assert first_match([one], "Exercise: a wiper at the port") is None


@pytest.mark.parametrize("words", [{}, {"not": ["a"]}, {"any": ["..."]}, {"any": [""]}])
def test_a_rule_that_would_match_everything_is_refused(words: dict[str, list[str]]) -> None:
    """And a keyword of nothing but signs, which would as well."""
    with pytest.raises(ValidationError):
        rule(**words)


@given(keyword=st.text(min_size=1, max_size=20), text=st.text(max_size=200))
def test_a_keyword_between_spaces_is_always_found(keyword: str, text: str) -> None:
    """Whatever stands around it."""
    try:
        wanted = rule(any=[keyword])
    except ValidationError:
        return
    assert first_match([wanted], f"{text} {keyword} {text}") is wanted
