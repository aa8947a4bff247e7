"""Rule 2: the provider's grade stands; none, and no agreement, is X4; scales are never converted."""

import pytest

from leerp.grades import UNGRADED, Grade, Scale
from matrices.grading import doubted, may_change, relied_on, standing

B2 = Grade(scale=Scale.FOUR_BY_FOUR, code="B2")
A1 = Grade(scale=Scale.FOUR_BY_FOUR, code="A1")
NATO_B2 = Grade(scale=Scale.ADMIRALTY, code="B2")


def test_the_grade_of_the_provider_stands() -> None:
    """What the provider gave stands as given, with its scale."""
    assert standing(B2) == B2
    assert standing(NATO_B2) == NATO_B2


def test_no_grade_is_x4() -> None:
    """Where the provider gave no grade, X4 stands."""
    assert standing(None) == UNGRADED
    assert str(standing(None)) == "X4 (4x4)"


@pytest.mark.parametrize("current", [B2, NATO_B2, None])
def test_no_change_without_agreement(current: Grade | None) -> None:
    """Neither a grade that was given nor X4 is changed without the provider's agreement; with it, both are."""
    assert not may_change(current, A1, provider_agrees=False)
    assert may_change(current, A1, provider_agrees=True)


def test_the_same_letters_on_another_grid_are_a_change() -> None:
    """B2 of the Admiralty grid is not B2 of the 4x4 grid: nothing is converted in silence."""
    assert not may_change(B2, NATO_B2, provider_agrees=False)


def test_what_stands_may_be_confirmed() -> None:
    """To propose what stands changes nothing and needs nobody."""
    assert may_change(B2, B2, provider_agrees=False)
    assert may_change(None, UNGRADED, provider_agrees=False)


@pytest.mark.parametrize(("code", "expected"), [("X4", (False, False)), ("C3", (True, False)), ("B2", (False, True))])
def test_cannot_be_judged_is_unknown(code: str, expected: tuple[bool, bool]) -> None:
    """X is neither doubted nor relied on: it is unknown, not a midpoint."""
    grade = Grade(scale=Scale.FOUR_BY_FOUR, code=code)
    assert (doubted(grade), relied_on(grade)) == expected


@pytest.mark.parametrize(("code", "expected"), [("F6", (False, False)), ("D3", (True, False)), ("C2", (False, True))])
def test_each_grid_has_its_own_letters(code: str, expected: tuple[bool, bool]) -> None:
    """On the Admiralty grid C is fairly reliable and F cannot be judged."""
    grade = Grade(scale=Scale.ADMIRALTY, code=code)
    assert (doubted(grade), relied_on(grade)) == expected
