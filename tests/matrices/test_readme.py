"""matrices/README.md explains every key."""

from collections.abc import Iterator
from importlib import resources

import pytest
from pydantic import BaseModel

from leerp.facts import Amount, Facts
from leerp.formats.strict import yaml_of
from matrices.casebook import Case, Casebook, Expectation, Moment
from matrices.confidence import ConfidenceTable, WordRule
from matrices.correlation import CommonObservables
from matrices.deconfliction import Incompatibility, IncompatibleActions
from matrices.evidence_conditions import Condition, EvidenceConditions
from matrices.incident_types import IncidentTypes, OffenceEntry, TypeEntry
from matrices.joint_teams import JointTeamReason, JointTeamReasons
from matrices.schema import MODELS as SCHEMA
from matrices.team_tables import (
    Night,
    NightHours,
    OvertimeRule,
    Pause,
    RestRules,
    RoleSeats,
    TeamForTypes,
    TeamRole,
    TeamRoles,
)

ROOM = resources.files("matrices")
README = (ROOM / "README.md").read_text(encoding="utf-8")
FILES = [file for folder in ("tables", "cases") for file in (ROOM / folder).iterdir() if file.name.endswith(".yaml")]
MODELS: tuple[type[BaseModel], ...] = (
    *SCHEMA,
    *(CommonObservables, IncompatibleActions, Incompatibility),
    *(Casebook, Case, Moment, Expectation, Facts, Amount),
    *(IncidentTypes, TypeEntry, OffenceEntry),
    *(ConfidenceTable, WordRule),
    *(JointTeamReasons, JointTeamReason),
    *(TeamRoles, TeamRole, TeamForTypes, RoleSeats),
    *(RestRules, Pause, NightHours, Night, OvertimeRule),
    *(EvidenceConditions, Condition),
)


def keys(value: object) -> Iterator[str]:
    """Every key in a parsed file, at every depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_key_of_a_shipped_file_is_explained(file: resources.abc.Traversable) -> None:
    """Each key that stands in a shipped table or casebook stands in the README."""
    used = set(keys(yaml_of(file.read_bytes(), name=file.name)))
    assert {key for key in used if f"`{key}`" not in README} == set()


def test_every_key_there_could_be_is_explained() -> None:
    """Each key that a table or a casebook may use stands in the README, used or not."""
    possible = {key for model in MODELS for key in model.model_fields}
    assert {key for key in possible if f"`{key}`" not in README} == set()


def test_every_shipped_file_is_linked() -> None:
    """Each shipped file can be reached from the README, and what it links to is there."""
    for file in FILES:
        assert f"/{file.name})" in README
