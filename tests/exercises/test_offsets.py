"""Offsets: times of a scenario counted from its start."""

from datetime import timedelta

import pytest

from exercises.offsets import parse_offset, write_offset


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+00:00", 0), ("+09:45", 35_100), ("+00:00:30", 30), ("+120:00", 432_000), ("-00:20", -1_200)],
)
def test_an_offset_is_read_and_written(text: str, seconds: int) -> None:
    """Hours, minutes and seconds with a sign; hours may be more than a day."""
    offset = parse_offset(text)
    assert timedelta(seconds=seconds) == offset
    assert text == write_offset(offset)


@pytest.mark.parametrize("text", ["09:45", "+9.5", "+00:60", "+1d", "", "PT2H", 5, None])
def test_anything_else_is_refused(text: object) -> None:
    """A time of day, another notation or a number is no offset."""
    with pytest.raises(ValueError, match="write it as"):
        parse_offset(text)
