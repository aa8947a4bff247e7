"""Memory is looked through less often while a run is played, and as before once it is over."""

import gc

import pytest

from exercises.memory import rarely_collected


def test_what_a_run_changes_of_the_collector_ends_with_it() -> None:
    """Also where the run fails."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with rarely_collected():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > frozen
    assert gc.get_threshold() == before
    with pytest.raises(ZeroDivisionError), rarely_collected():
        raise ZeroDivisionError
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
