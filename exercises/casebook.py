"""What the injects of a run have made so far, so that later injects can mean it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from leerp.errors import RefusedError
from leerp.protocol import RefusalReason


@dataclass
class Casebook:
    """Incidents, reports and journal entries by the number of the inject that they came from.

    `incidents`: in the order of opening.
    """

    incidents: list[str] = field(default_factory=list)
    _incident_of: dict[int, str] = field(default_factory=dict)
    _item_of: dict[int, str] = field(default_factory=dict)
    _entry_of: dict[int, tuple[str, int]] = field(default_factory=dict)

    def remember(self, inject: int, *, incident: str, report: str) -> None:
        """A report went to an incident."""
        if incident not in self.incidents:
            self.incidents.append(incident)
        self._incident_of[inject] = incident
        self._item_of[inject] = report

    def remember_item(self, inject: int, item: str) -> None:
        """A contribution was taken in."""
        self._item_of[inject] = item

    def remember_entry(self, inject: int, *, incident: str, seq: int) -> None:
        """An act was journalled."""
        self._entry_of[inject] = (incident, seq)

    def made_by(self, inject: int) -> dict[str, JsonValue]:
        """What is remembered of an inject, to be written down; see `recall`."""
        seq = self._entry_of.get(inject)
        incident = self._incident_of.get(inject)
        return {"incident": incident, "item": self._item_of.get(inject), "entry": list(seq) if seq else None}

    def recall(self, inject: int, made: Mapping[str, Any]) -> None:
        """Remember again what was written down of an inject."""
        if made.get("incident") and made.get("item"):
            self.remember(inject, incident=made["incident"], report=made["item"])
        elif made.get("item"):
            self.remember_item(inject, made["item"])
        if made.get("entry"):
            self.remember_entry(inject, incident=made["entry"][0], seq=made["entry"][1])

    def incident(self, inject: int | None = None) -> str:
        """The incident that the report of an inject went to; the first one of the run when no inject is named."""
        found = self._incident_of.get(inject) if inject is not None else next(iter(self.incidents), None)
        if found is None:
            raise RefusedError("No report has opened the incident that is meant.", reason=RefusalReason.UNKNOWN_SUBJECT)
        return found

    def report(self, inject: int) -> str:
        """The report that an inject brought, or the contribution."""
        found = self._item_of.get(inject)
        if found is None:
            sentence = f"The report of inject {inject} was not taken in."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        return found

    def entry(self, inject: int) -> tuple[str, int]:
        """Incident and number of the journal entry that the act of an inject has left."""
        found = self._entry_of.get(inject)
        if found is None:
            sentence = f"What inject {inject} was to do has not been done."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        return found
