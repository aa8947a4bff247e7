"""Evidence in CASE/UCO: what NIST's validator accepts with no warning, and what stands in it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.evidence_cast import IMAGE, whole_bag
from tests.postgresql import run_apart
from tests.timestamping import timestamp_authority


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The document of a bag with everything in it."""
    folder = tmp_path_factory.mktemp("case")

    async def make() -> None:
        await whole_bag(folder, timestamp_authority(folder / "tsa"))

    run_apart(make())
    return (folder / "bag/data/case.jsonld").read_bytes()


def validate(content: bytes, folder: Path) -> tuple[int, str]:
    """The exit code and the complaints of the validator; a term that it does not know is one."""
    path = folder / "case.jsonld"
    path.write_bytes(content)
    command = [str(Path(sys.executable).parent / "case_validate"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stderr


def test_it_validates_without_a_warning(document: bytes, tmp_path: Path) -> None:
    """It conforms, with nothing on the standard error."""
    assert validate(document, tmp_path) == (0, "")


def nodes(document: bytes, kind: str) -> list[dict[str, Any]]:
    """The nodes of a kind."""
    return [one for one in json.loads(document)["@graph"] if one["@type"].endswith(f":{kind}")]


def references(value: Any) -> set[str]:
    """Every id that something refers to."""
    if isinstance(value, dict):
        own = {value["@id"]} if set(value) == {"@id"} else set()
        return own.union(*(references(one) for one in value.values()))
    return set().union(*(references(one) for one in value)) if isinstance(value, list) else set()


def test_every_reference_leads_to_a_node(document: bytes) -> None:
    """Nothing is referred to that is not there, and no node stands twice."""
    graph = json.loads(document)["@graph"]
    ids = [one["@id"] for one in graph]
    assert len(ids) == len(set(ids))
    assert references(graph) <= set(ids)


def test_files_actions_and_authorizations_are_those_of_the_chain_of_custody(document: bytes) -> None:
    """Three files with size and hash; each act by a named person with a named tool, after the one before it."""
    assert len(nodes(document, "File")) == 3
    sizes = {one["uco-observable:sizeInBytes"]["@value"] for one in nodes(document, "FileFacet")}
    assert str(len(IMAGE)) in sizes
    actions = nodes(document, "InvestigativeAction")
    names = {one["uco-core:name"] for one in actions}
    assert names == {"captured", "acquired", "derived", "described", "accessed", "verified", "exported"}
    assert all("uco-action:performer" in one and "uco-action:instrument" in one for one in actions)
    first = {"captured", "derived"}
    informed = [one for one in actions if "case-investigation:wasInformedBy" in one]
    assert len(actions) - len(informed) == 3
    assert all(one["uco-core:name"] not in first for one in informed)
    kinds = {one["case-investigation:authorizationType"] for one in nodes(document, "Authorization")}
    assert kinds == {"order"}
    assert len(nodes(document, "ProvenanceRecord")) == 3
