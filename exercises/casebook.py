"""What the injects of a run have made so far, so that later injects can mean it."""

from dataclasses import dataclass, field

from leerp.errors import RefusedError
from leerp.protocol import RefusalReason


@dataclass
class Casebook:
    """Incidents and reports by the number of the inject that they came from. `incidents`: in the order of opening."""

    incidents: list[str] = field(default_factory=list)
    _incident_of: dict[int, str] = field(default_factory=dict)
    _report_of: dict[int, str] = field(default_factory=dict)

    def remember(self, inject: int, *, incident: str, report: str) -> None:
        """A report went to an incident."""
        if incident not in self.incidents:
            self.incidents.append(incident)
        self._incident_of[inject] = incident
        self._report_of[inject] = report

    def incident(self, inject: int | None = None) -> str:
        """The incident that the report of an inject went to; the first one of the run when no inject is named."""
        found = self._incident_of.get(inject) if inject is not None else next(iter(self.incidents), None)
        if found is None:
            raise RefusedError("No report has opened the incident that is meant.", reason=RefusalReason.UNKNOWN_SUBJECT)
        return found

    def report(self, inject: int) -> str:
        """The report that an inject brought."""
        found = self._report_of.get(inject)
        if found is None:
            sentence = f"The report of inject {inject} was not taken in."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        return found
