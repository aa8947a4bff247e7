"""The desk's table of role and act says of each act of the protocol what its workflow says."""

from unittest.mock import MagicMock

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.workflow import _Definition

from desk.access.acts import MAY, MAY_ACT, DeskAct
from leerp.protocol import ActName, Actor, RefusalReason
from leerp.stakeholders import Role
from workflows.emergency import Emergency

MEMBERS = {Role.LIAISON, Role.STAKEHOLDER}


def let_by_workflow(name: ActName) -> set[Role]:
    """The roles that the validator of an act does not refuse for who they are; what else it may say does not count."""
    definition = _Definition.must_from_class(Emergency)
    validator = definition.updates[name].validator
    assert validator is not None
    allowed = set()
    for role in Role:
        act = MagicMock(actor=Actor(id="somebody", roles=(role,)), reason="because")
        try:
            validator(MagicMock(), act)
        except ApplicationError as error:
            if error.type == RefusalReason.NOT_AUTHORISED:
                continue
        except (TypeError, ValueError, AttributeError, KeyError):
            pass  # past the question who may, to one about an incident that is none
        allowed.add(role)
    return allowed


@pytest.mark.parametrize("name", ActName)
def test_the_table_and_the_workflow_let_the_same_roles_act(name: ActName) -> None:
    """Both refuse and both let through; people of stakeholders propose by a page of their own."""
    expected = set(MAY_ACT[name])
    if name is ActName.PLAN_PROPOSE:
        own = MAY[DeskAct.PROPOSE]
        assert isinstance(own, frozenset)
        expected |= own
        assert own == MEMBERS
    assert let_by_workflow(name) == expected
