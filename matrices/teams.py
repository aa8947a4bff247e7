"""The Emergency Response Team: functions filled by skill, each officer once, shortfalls said (seed, III.1)."""

from collections.abc import Sequence

from leerp.incidents import TeamMember
from leerp.stakeholders import Officer


def skill_for(role: str) -> str:
    """The skill id that a role needs: `malware analyst` needs `malware-analyst`."""
    return "-".join(role.casefold().split())


def form_team(roles: Sequence[str], officers: Sequence[Officer]) -> tuple[TeamMember, ...]:
    """A team for these roles, in their order; a role named twice is two people.

    As many roles are filled as the available officers allow; where there are too few, earlier roles come first and
    the others show `officer` None. Officers are tried in the order of the directory.
    """
    wanted = [skill_for(role) for role in roles]
    candidates = [[one.id for one in officers if one.available and skill in one.skills] for skill in wanted]
    taken: dict[str, int] = {}
    for at in range(len(roles)):
        _seat(at, candidates, taken, set())
    seated = {at: officer for officer, at in taken.items()}
    return tuple(TeamMember(role=role, officer=seated.get(at)) for at, role in enumerate(roles))


def _seat(at: int, candidates: Sequence[Sequence[str]], taken: dict[str, int], tried: set[str]) -> bool:
    """Fill role `at`, moving officers already seated to other roles they can fill: augmenting paths after Kuhn."""
    for officer in candidates[at]:
        if officer in tried:
            continue
        tried.add(officer)
        if officer not in taken or _seat(taken[officer], candidates, taken, tried):
            taken[officer] = at
            return True
    return False
