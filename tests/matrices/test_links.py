"""Links: what hangs together."""

from hypothesis import given
from hypothesis import strategies as st

from matrices.links import components

NAMES = [str(number) for number in range(12)]


def test_points_that_are_joined_are_one_group() -> None:
    """The largest first; who stands alone is a group as well."""
    found = components(["a", "b", "c", "d", "e"], [("a", "b"), ("d", "b"), ("c", "c")])
    assert found == [("a", "b", "d"), ("c",), ("e",)]


@given(edges=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20))
def test_groups_are_what_can_be_reached(edges: list[tuple[str, str]]) -> None:
    """Every point is in one group, and two are in the same one exactly if there is a way between them."""
    groups = components(NAMES, edges)
    assert sorted(name for group in groups for name in group) == sorted(NAMES)
    for name in NAMES:
        assert set(next(group for group in groups if name in group)) == reached(name, edges)


def reached(start: str, edges: list[tuple[str, str]]) -> set[str]:
    """Every point to which there is a way."""
    found = {start}
    for _ in NAMES:
        found |= {b for a, b in edges if a in found} | {a for a, b in edges if b in found}
    return found
