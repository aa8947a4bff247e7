"""`leerp schema NAME`: the JSON Schema of every format that others read or write."""

import json

from cyclopts import App
from pydantic import BaseModel, RootModel

from desk.cli.running import Answer
from exercises.scenario import Scenario
from leerp.contributions import Contribution
from leerp.errors import BadInputError
from leerp.evidence import Description
from leerp.incidents import IncidentView
from leerp.journal import JournalEntry
from leerp.notices import Delivery
from leerp.plans import Action, ActionFile
from leerp.products import StatementsFile
from leerp.protocol import Policy
from leerp.reports import Report
from leerp.stakeholders import Directory
from matrices.schema import TableFile
from notifications.channels import ChannelsFile

SCHEMAS: dict[str, type[BaseModel]] = {
    "report": Report,
    "contribution": Contribution,
    "action": Action,
    "actions": ActionFile,
    "evidence-description": Description,
    "statements": StatementsFile,
    "directory": Directory,
    "channels": ChannelsFile,
    "policy": Policy,
    "table": TableFile,
    "scenario": Scenario,
    "journal": JournalEntry,
    "ledger": RootModel[list[Delivery]],
    "incident": IncidentView,
}

WRITTEN = ("journal", "ledger", "incident")
"""Formats that leerp writes and others read."""


def add_to(app: App) -> None:
    """Add this command."""
    app.command(schema)


def schema(name: str | None = None) -> Answer:
    """Print the JSON Schema of a format; without a name, the names."""
    if name is None:
        return Answer(data=sorted(SCHEMAS), lines=sorted(SCHEMAS))
    if name not in SCHEMAS:
        raise BadInputError(f"{name}: no such format; there are {', '.join(sorted(SCHEMAS))}")
    text = SCHEMAS[name].model_json_schema(mode="serialization" if name in WRITTEN else "validation")
    return Answer(data=text, lines=[json.dumps(text, indent=2)])
