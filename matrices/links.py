"""Links: what hangs together in a graph, found in one pass over its lines."""

from collections.abc import Iterable


def components(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The points that are joined by lines, each group sorted; the largest group first, of equals by its first point.

    A point without a line is a group of its own. Lines to points that are not among `nodes` raise KeyError.
    """
    above = {node: node for node in nodes}

    def top(node: str) -> str:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    for first, second in edges:
        one, other = top(first), top(second)
        if one != other:
            above[max(one, other)] = min(one, other)
    groups: dict[str, list[str]] = {}
    for node in sorted(above):
        groups.setdefault(top(node), []).append(node)
    return sorted((tuple(group) for group in groups.values()), key=lambda group: (-len(group), group[0]))
