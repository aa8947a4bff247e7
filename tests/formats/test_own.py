"""leerp's own forms."""

from typing import Any

import pytest

from leerp.errors import BadInputError
from tests.formats.examples import contribution, own, own_contribution, refusal, report, values


def test_an_own_report_is_read_field_by_field() -> None:
    """Observables are normalised, sorted and each once."""
    twice = [*own()["observables"], {"kind": "domain", "value": "evil.example."}]
    read = report(own(observables=twice, narrative="All down.", grade={"scale": "4x4", "code": "B2"}), source=None)
    assert (read.source, read.id, str(read.grade)) == ("cert-ruritania", "R-17", "B2 (4x4)")
    assert values(read.observables) == ["domain:evil.example", "ipv4:198.51.100.7"]


def test_the_source_of_an_own_report_may_be_named_by_its_name() -> None:
    """The directory says which id that is."""
    assert report(own(source="CERT Ruritania"), source=None).source == "cert-ruritania"


def test_an_own_report_without_a_source_is_of_who_hands_it_in() -> None:
    """The source may be left out of the file."""
    without = {key: value for key, value in own().items() if key != "source"}
    assert report(without, source="ec3").source == "ec3"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (own(sorce="x"), "report.json, key sorce: Extra inputs are not permitted"),
        (own(reported_at="2026-11-22T10:00:00"), "report.json, key reported_at: a time needs its offset from UTC"),
        (
            own(observables=[{"kind": "ipv4", "value": "x"}]),
            "report.json, key observables.0: not an address of version",
        ),
        (
            own(observables=[{"kind": "ipv7", "value": "x"}]),
            "report.json, key observables.0: not a kind of observable; there are ipv4",
        ),
        (own(facts={"countries": ["XX"]}), "report.json, key facts.countries.0: 'XX' is not an ISO 3166-1"),
        (own(narrative="a\x00b"), "report.json: a text holds the character NUL; remove it"),
        (own(title="a\nb"), "report.json, key title: String should match pattern"),
        (own(id="../x"), "report.json, key id: String should match pattern"),
        (own(observables=[{}] * 20_001), "report.json: 20,001 observables, more than 20,000; split the report"),
        (own(source="Nobody"), "the source 'Nobody' is not registered"),
        (own(source=7), "the source None is not registered"),
    ],
)
def test_what_is_wrong_in_an_own_report_is_named_with_its_key(value: dict[str, Any], sentence: str) -> None:
    """Unknown keys are refused as well."""
    assert refusal(value, source=None).startswith(sentence)


def test_an_own_report_of_somebody_else_is_refused() -> None:
    """Who hands it in may not speak for another."""
    expected = "report.json, key source: the file names another source than ec3; correct one of the two"
    assert refusal(own(), source="ec3") == expected


def test_an_own_contribution_is_read() -> None:
    """With or without naming who hands it in."""
    without = {key: value for key, value in own_contribution().items() if key != "contributor"}
    assert contribution(own_contribution()) == contribution(without)
    assert values(contribution(without).observables) == ["email:spy@evil.example"]


def test_an_own_contribution_of_somebody_else_is_refused() -> None:
    """The one who hands it in is the contributor."""
    expected = "contribution.json, key contributor: not cert-ruritania, who hands it in; correct one of the two"
    with pytest.raises(BadInputError, match=expected):
        contribution(own_contribution(contributor="ec3"))


def test_an_own_contribution_from_the_future_is_refused() -> None:
    """The same rule as for reports."""
    with pytest.raises(BadInputError, match=r"contributed_at 2031-01-01T00:00:00\.000000\+00:00 lies in the future"):
        contribution(own_contribution(contributed_at="2031-01-01T00:00:00Z"))
