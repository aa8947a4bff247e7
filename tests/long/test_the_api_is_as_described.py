"""Schemathesis with many examples: pytest tests/long/test_the_api_is_as_described.py (about five minutes)."""

from pathlib import Path

import pytest

from tests.api.described import ask_everything, desk_on_a_port


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_desk_does_what_it_says(tmp_path: Path, seed: int) -> None:
    """Every check of schemathesis on a hundred examples of each call, in every phase."""
    with desk_on_a_port(tmp_path) as desk:
        said = ask_everything(desk, examples=100, seed=seed, phases="examples,coverage,fuzzing,stateful")
    assert said.returncode == 0, said.stdout[-8000:] + said.stderr
