"""What the codes of a grade say."""

from itertools import product

import pytest

from leerp.errors import BadInputError
from leerp.grades import CODES, UNGRADED, Grade, Scale
from matrices.grading import doubted, load_grade_texts, meaning, relied_on
from matrices.tables import content_of

EVERY = [
    Grade(scale=scale, code=source + information)
    for scale, codes in CODES.items()
    for source, information in product(*codes)
]
CONTENT = content_of("grades").decode()


def test_every_grade_says_something_of_its_own() -> None:
    """Both halves of every grade there is have a meaning, and no two grades have the same one."""
    assert len(EVERY) == 4 * 4 + 6 * 6
    assert all(all(meaning(grade)) for grade in EVERY)
    assert len({meaning(grade) for grade in EVERY}) == len(EVERY)


def test_c_is_bad_on_one_grid_and_fair_on_the_other() -> None:
    """The scale is a part of what a code says."""
    europol, nato = Grade(scale=Scale.FOUR_BY_FOUR, code="C3"), Grade(scale=Scale.ADMIRALTY, code="C3")
    assert meaning(europol)[0] == "The source has proved unreliable most of the time."
    assert meaning(nato)[0].startswith("Fairly reliable")


def test_ungraded_is_what_nobody_can_tell() -> None:
    """X4 says that nobody can tell of the source, and that nothing bears the information out."""
    assert meaning(UNGRADED) == (
        "Nobody can tell how reliable the source is.",
        "The source has it from others, and nothing can bear it out.",
    )


def test_no_source_is_doubted_and_relied_on() -> None:
    """Each grade is one of three: relied on, doubted, or unknown; and unknown is exactly what nobody can judge."""
    assert [grade for grade in EVERY if doubted(grade) and relied_on(grade)] == []
    neither = {grade.code[0] for grade in EVERY if not doubted(grade) and not relied_on(grade)}
    assert neither == {"X", "F"}


@pytest.mark.parametrize("grade", EVERY, ids=str)
def test_the_information_does_not_move_the_source(grade: Grade) -> None:
    """How a source is judged hangs on its letter alone: the figures speak of access, and of one piece of news."""
    other = grade.model_copy(update={"code": f"{grade.code[0]}1"})
    assert (doubted(grade), relied_on(grade)) == (doubted(other), relied_on(other))


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("reliability:", "reliabilty:", "key scales.0.reliabilty"),
        ("code: X", "code: D", "the grid 4x4 has the codes A, B, C, X"),
        ("scale: 4x4", "scale: 5x5", "'4x4' or 'admiralty'"),
        ("scale: admiralty", "scale: 4x4", "the grid 4x4 has the codes"),
    ],
)
def test_a_broken_file_of_meanings_is_refused(old: str, new: str, right: str) -> None:
    """A code too many, too few or unknown is refused with the name of the file and what would be right."""
    assert old in CONTENT
    with pytest.raises(BadInputError, match=r"^mine\.yaml") as refused:
        load_grade_texts(CONTENT.replace(old, new, 1).encode(), name="mine.yaml")
    assert right in refused.value.sentence


def test_a_grid_that_is_missing_is_refused() -> None:
    """Every grid that a provider may grade by must be explained."""
    half = CONTENT[: CONTENT.index("  - scale: admiralty")]
    with pytest.raises(BadInputError, match="there are 4x4, admiralty"):
        load_grade_texts(half.encode(), name="mine.yaml")
