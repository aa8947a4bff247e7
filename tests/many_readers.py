"""A centre with many readers whose notices go out by mail, to a server on loopback."""

import json
from pathlib import Path

from leerp.marking import Level
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.configuration import lay_out_example, load_directory

GROUPS = (Group.LIAISON_BUREAU, Group.CSIRT_NETWORK, Group.EUROPOL_UNIT, Group.PRIVATE_PARTNER, Group.LE_POC)
"""Inside, outside and inside again: two fifths of the readers get the notice inside, the others the one outside."""

CLEARANCES = (Level.RESTREINT, Level.BPL)
"""In turn; so that a notice with a higher part has two variants."""


def lay_out(home: Path, *, readers: int, port: int, connections: int = 4) -> None:
    """Write the example configuration with that many readers, all of them reached by mail through that port.

    Those of the example may report, and are told nothing. The policy asks for no acknowledgements.
    """
    config = home / "config"
    lay_out_example(config)
    path = config / "directory.yaml"
    example = load_directory(path)
    sources = [one.model_copy(update={"group": Group.AGENCY_SOURCE_ONLY}) for one in example.stakeholders]
    many = [_reader(number) for number in range(readers)]
    directory = Directory.model_validate({**example.model_dump(), "stakeholders": [*sources, *many], "members": []})
    path.write_text(directory.model_dump_json(indent=1))
    (config / "channels.yaml").write_text(_channels(port, connections))
    (config / "policy.yaml").write_text("acknowledge_within_minutes: {}\n")


def _reader(number: int) -> Stakeholder:
    """One reader of many: its group and clearance by its number."""
    return Stakeholder(
        id=f"reader-{number:05}",
        name=f"Duty desk {number}",
        group=GROUPS[number % len(GROUPS)],
        clearance=CLEARANCES[number % len(CLEARANCES)],
        contacts=(ContactPoint(channel="mail", address=f"desk-{number}@readers.example"),),
    )


def _channels(port: int, connections: int) -> str:
    mail = {
        "type": "smtp",
        "maximum": "RESTREINT",
        "host": "127.0.0.1",
        "port": port,
        "starttls": False,
        "from_address": "ecc@centre.example",
        "connections": connections,
        "timeout_seconds": 10,
    }
    outbox = {"type": "outbox", "maximum": "RESTREINT"}
    return json.dumps({"channels": {"mail": mail, "email": outbox, "secure": outbox, "outbox": outbox}})
