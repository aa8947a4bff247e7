"""Evidence in CASE 1.5 / UCO, as JSON-LD: files with their hashes, who did what to them, and on what authority.

https://caseontology.org. Ids are UUIDs of version 5 over the incident and what they name, so that the same state gives
the same bytes.
"""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from leerp.evidence import Basis, Capture, CustodyAction, CustodyRecord, Description, EvidenceItem
from leerp.model import iso

_NAMESPACE = UUID("5d3f2e5c-6f0b-5f0e-9f38-4b6e0d5a7c11")
_CONTEXT = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_COMING_IN = (CustodyAction.ACQUIRED, CustodyAction.DERIVED)

Node = dict[str, Any]


class Told(NamedTuple):
    """An item with all that is known of it. `name`: what the file was called on arrival, where it had a name."""

    item: EvidenceItem
    description: Description
    name: str | None
    size: int
    path: str


def case_uco(incident: str, told: list[Told], *, tool: str) -> bytes:
    """The items, their provenance and what happened to them, as one document."""
    graph = _Graph(incident)
    for one in told:
        graph.add_item(one)
    graph.add_investigation(tool)
    document = {"@context": _CONTEXT, "@graph": graph.nodes}
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


class _Graph:
    """The nodes of one document, each once."""

    def __init__(self, incident: str) -> None:
        self._incident = incident
        self._known: dict[str, Node] = {}
        self._of_case: list[Node] = []
        self._authorizations: list[Node] = []

    @property
    def nodes(self) -> list[Node]:
        """All nodes, in the order of their ids."""
        return [self._known[identifier] for identifier in sorted(self._known)]

    def add_investigation(self, tool: str) -> None:
        """The case that all of it belongs to."""
        self._node(
            "investigation",
            "case-investigation:Investigation",
            {
                "uco-core:name": self._incident,
                "uco-core:description": f"Written by {tool}. Admissibility is a matter of national law.",
                "uco-core:object": self._of_case,
                "case-investigation:relevantAuthorization": self._authorizations,
            },
        )

    def add_item(self, told: Told) -> None:
        """A file, its provenance record, its authorization, and every action on it."""
        item, description = told.item, told.description
        file = self._file(told)
        provenance = self._provenance(told, file)
        authorized = [self._authorization(item.id, description.basis)] if description.basis else []
        self._of_case += [file, provenance]
        self._authorizations += authorized
        before: list[Node] = []
        if description.capture:
            before = [self._captured(item.id, description.capture, file, authorized)]
            self._of_case += before
        for number, record in enumerate(item.custody):
            action = self._action(item, number, record, file=file, provenance=provenance, authorized=authorized)
            self._known[action["@id"]] |= {"case-investigation:wasInformedBy": before} if before else {}
            self._of_case.append(action)
            before = [action]

    def _file(self, told: Told) -> Node:
        item = told.item
        facets = [
            self._node(
                f"{item.id}/file-facet",
                "uco-observable:FileFacet",
                {
                    "uco-observable:fileName": told.name or item.id,
                    "uco-observable:filePath": told.path,
                    "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(told.size)},
                },
            ),
            self._node(
                f"{item.id}/content-facet",
                "uco-observable:ContentDataFacet",
                {"uco-observable:hash": [self._hash(item)]},
            ),
        ]
        return self._file_reference(item.id, {"uco-core:hasFacet": facets})

    def _file_reference(self, identifier: str, more: Node) -> Node:
        return self._node(f"{identifier}/file", "uco-observable:File", more)

    def _hash(self, item: EvidenceItem) -> Node:
        return self._node(
            f"{item.id}/hash",
            "uco-types:Hash",
            {
                "uco-types:hashMethod": "SHA256",
                "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": item.sha256.upper()},
            },
        )

    def _provenance(self, told: Told, file: Node) -> Node:
        item = told.item
        words = f"{item.origin.value} of {item.source}; {item.marking}; status {item.status.value}"
        return self._node(
            f"{item.id}/provenance",
            "case-investigation:ProvenanceRecord",
            {
                "case-investigation:exhibitNumber": item.id,
                "uco-core:description": words,
                "uco-core:object": [file],
            },
        )

    def _authorization(self, identifier: str, basis: Basis) -> Node:
        node: Node = {
            "case-investigation:authorizationType": basis.kind.value,
            "case-investigation:authorizationIdentifier": basis.reference or basis.authority,
            "uco-core:description": f"given by {basis.authority}",
            "uco-core:startTime": _time(basis.given_at),
        }
        if basis.valid_until is not None:
            node["uco-core:endTime"] = _time(basis.valid_until)
        return self._node(f"{identifier}/authorization", "case-investigation:Authorization", node)

    def _captured(self, identifier: str, capture: Capture, file: Node, authorized: list[Node]) -> Node:
        """What happened before it came here, as far as somebody has said."""
        known: Node = {
            "uco-core:name": "captured",
            "uco-action:startTime": _time(capture.at),
            "uco-action:endTime": _time(capture.at),
            "uco-action:result": [file],
        }
        words = [
            f"{name}: {value}"
            for name, value in (("place", capture.place), ("command", capture.command), ("changes", capture.changes))
            if value
        ]
        known |= {"uco-core:description": "; ".join(words)} if words else {}
        known |= {"uco-action:performer": self._identity(capture.by)} if capture.by else {}
        if capture.tool:
            known["uco-action:instrument"] = [self._tool(capture.tool, capture.tool_version)]
        known |= {"case-investigation:relevantAuthorization": authorized} if authorized else {}
        return self._node(f"{identifier}/captured", "case-investigation:InvestigativeAction", known)

    def _action(
        self,
        item: EvidenceItem,
        number: int,
        record: CustodyRecord,
        *,
        file: Node,
        provenance: Node,
        authorized: list[Node],
    ) -> Node:
        came_in = record.action in _COMING_IN
        sources = [self._file_reference(one, {}) for one in item.derived_from] if came_in else []
        known: Node = {
            "uco-core:name": record.action.value,
            "uco-action:performer": self._identity(record.actor),
            "uco-action:startTime": _time(record.at),
            "uco-action:endTime": _time(record.at),
            "uco-action:object": sources or [file],
        }
        words = [*([record.reason] if record.reason else []), *(f"{k}: {v}" for k, v in sorted(record.detail.items()))]
        known |= {"uco-core:description": "; ".join(words)} if words else {}
        known |= {"uco-action:result": [file, provenance]} if came_in else {}
        known |= {"case-investigation:relevantAuthorization": authorized} if came_in and authorized else {}
        if record.tool:
            name, _, version = record.tool.partition(" ")
            known["uco-action:instrument"] = [self._tool(name, version or None)]
        return self._node(f"{item.id}/custody/{number}", "case-investigation:InvestigativeAction", known)

    def _identity(self, name: str) -> Node:
        return self._node(f"identity/{name}", "uco-identity:Identity", {"uco-core:name": name})

    def _tool(self, name: str, version: str | None) -> Node:
        known = {"uco-core:name": name} | ({"uco-tool:version": version} if version else {})
        return self._node(f"tool/{name}/{version or ''}", "uco-tool:Tool", known)

    def _node(self, what: str, kind: str, properties: Node) -> Node:
        """Put a node in, or add to one that is there; a reference to it."""
        identifier = f"urn:uuid:{uuid5(_NAMESPACE, f'{self._incident}/{what}')}"
        node = self._known.setdefault(identifier, {"@id": identifier, "@type": kind})
        node.update({name: value for name, value in properties.items() if value != []})
        return {"@id": identifier}


def _time(at: datetime | str) -> Node:
    return {"@type": "xsd:dateTime", "@value": at if isinstance(at, str) else iso(at)}
