"""Teams: roles filled by skill."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.incidents import TeamMember
from leerp.stakeholders import Officer
from matrices.teams import form_team, skill_for

SKILLS = ("malware-analyst", "decryption-expert", "operational-analyst")


def officer(identifier: str, *skills: str, available: bool = True) -> Officer:
    """An officer with these skills."""
    return Officer(id=identifier, name=f"Desk {identifier}", skills=skills, available=available)


def test_a_role_is_filled_by_skill() -> None:
    """The role "Malware analyst" goes to an available officer with the skill malware-analyst."""
    team = form_team(
        ["Malware analyst"],
        [officer("o1", "decryption-expert"), officer("o2", "malware-analyst", available=False), officer("o3", *SKILLS)],
    )
    assert team == (TeamMember(role="Malware analyst", officer="o3"),)


def test_a_shortfall_is_said() -> None:
    """A role that nobody can fill stands there without an officer."""
    team = form_team(["malware analyst", "malware analyst"], [officer("o1", "malware-analyst")])
    assert [member.officer for member in team] == ["o1", None]


def test_a_versatile_officer_makes_room() -> None:
    """An officer who can do both gives way to one who can do only one, so that both roles are filled."""
    team = form_team(
        ["malware analyst", "decryption expert"],
        [officer("o1", "malware-analyst", "decryption-expert"), officer("o2", "malware-analyst")],
    )
    assert [member.officer for member in team] == ["o2", "o1"]


@settings(max_examples=100, deadline=None)
@given(
    roles=st.lists(st.sampled_from([skill.replace("-", " ") for skill in SKILLS]), max_size=5),
    skills=st.lists(st.sets(st.sampled_from(SKILLS)), max_size=5),
)
def test_a_team_is_honest(roles: list[str], skills: list[set[str]]) -> None:
    """Each role stands there in its place, filled by somebody with the skill, and nobody is in it twice."""
    officers = {f"o{at}": officer(f"o{at}", *several) for at, several in enumerate(skills)}
    team = form_team(roles, list(officers.values()))
    seated = [member.officer for member in team if member.officer]
    assert [member.role for member in team] == roles
    assert len(seated) == len(set(seated))
    assert all(skill_for(one.role) in officers[one.officer].skills for one in team if one.officer)
