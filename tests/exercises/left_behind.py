"""What a run has left, read from its folder alone, for the rules that must hold in every run."""

import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from exercises.injects import ContributionInject, Inject, ReportInject
from exercises.scenario import Scenario
from exercises.setting import Setting
from leerp.journal import lines_of
from leerp.marking import Level, Marking
from leerp.stakeholders import Stakeholder
from notifications.forms import bundle

GOT = ("sent", "acknowledged")
LAUNCH = ("launch_internal", "launch_external")

Line = dict[str, Any]
"""A line of a JSON file, as it stands there."""


@dataclass(frozen=True)
class Incident:
    """The record of one incident: the lines of its journal, its deliveries, and how it stands at the end."""

    journal: list[str]
    ledger: list[Line]
    view: Line

    @property
    def entries(self) -> list[Line]:
        """The entries of the journal; what cannot be read is for the rule of the chain."""
        return [json.loads(line) for line in self.journal]

    def of_kind(self, *endings: str) -> list[Line]:
        """The entries whose kind ends so."""
        return [one for one in self.entries if one["kind"].endswith(endings)]


@dataclass(frozen=True)
class Received:
    """What lies in one folder of one reader. `channels`: over which it may have come, by the folder's name."""

    notice: str
    reader: str
    channels: tuple[str, ...]
    files: dict[str, bytes]

    @property
    def sha256(self) -> str:
        """As the ledger has it: over the names and contents of the files, in the order of the forms."""
        named = sorted(self.files, key=_place)
        return hashlib.sha256(
            "".join(f"{name}\0{hashlib.sha256(self.files[name]).hexdigest()}\n" for name in named).encode()
        ).hexdigest()


_FORMS = (
    *("message.txt", "message.html", "notice.json", "message.pdf", "message.slack.json"),
    *("notice.stix.json", "notice.misp.json", "notice.cap.xml", "meeting.ics", bundle.FILE),
)


def _place(name: str) -> tuple[int, str]:
    return (_FORMS.index(name) if name in _FORMS else len(_FORMS), name)


@dataclass(frozen=True)
class LeftBehind:
    """A run's folder, with the scenario that was played and the centre that it was played in."""

    folder: Path
    scenario: Scenario
    centre: Setting

    @cached_property
    def incidents(self) -> list[Incident]:
        """The first incident, then the others."""
        others = self.folder / "other-incidents"
        folders = [self.folder, *(sorted(others.iterdir()) if others.exists() else [])]
        return [_incident(one) for one in folders]

    @cached_property
    def ledger(self) -> list[Line]:
        """Every delivery of every incident."""
        return [line for one in self.incidents for line in one.ledger]

    @cached_property
    def played(self) -> list[Line]:
        """What became of each inject."""
        report = json.loads((self.folder / "after-action.json").read_bytes())
        return [note for inject in report["injects"] for note in inject["played"]]

    @cached_property
    def received(self) -> list[Received]:
        """Every folder of every reader."""
        found = sorted((self.folder / "notices").glob("*/*"))
        return [_received(one) for one in found]

    def stakeholder(self, identifier: str) -> Stakeholder | None:
        """Whom the directory knows by that id."""
        return self.centre.directory.stakeholder(identifier)

    def maximum(self, channel: str) -> Level | None:
        """How high a channel is accredited."""
        return self.centre.channels.maximum(channel)

    @cached_property
    def canaries(self) -> dict[str, tuple[Marking, str]]:
        """The canary words of the scenario: how what holds them is marked, and who has said it."""
        return {
            word: (inject.says.marking, inject.sender)
            for inject in self.scenario.injects
            if isinstance(inject, ReportInject | ContributionInject)
            for word in canaries_in(inject)
        }


def canaries_in(inject: Inject) -> set[str]:
    """The canary words of an inject."""
    return set(re.findall(r"canary-\d{3}", inject.model_dump_json()))


def _incident(folder: Path) -> Incident:
    return Incident(
        journal=lines_of((folder / "journal.jsonl").read_text(encoding="utf-8")),
        ledger=json.loads((folder / "ledger.json").read_bytes()),
        view=json.loads((folder / "incident.json").read_bytes()),
    )


def _received(folder: Path) -> Received:
    reader, _, channel = folder.name.partition("+")
    return Received(
        notice=folder.parent.name,
        reader=reader,
        channels=(channel,) if channel else (),
        files={path.name: path.read_bytes() for path in folder.iterdir()},
    )


def words_of(name: str, content: bytes) -> str:
    """What can be read in a file: of a PDF document its text, of a bundle everything in it, else the bytes."""
    if name.endswith(".pdf"):
        return _pdf_text(content)
    if content.startswith(b"PK"):
        return "\n".join(words_of(inner, held) for inner, held in bundle.unpacked(content).items())
    return content.decode(errors="replace")


@cache
def _pdf_text(content: bytes) -> str:
    """Many readers hold the same document. A word may be broken over two lines, or by a narrow space."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "\n".join(page.extract_text() for page in pages)
