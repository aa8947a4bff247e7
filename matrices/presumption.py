"""The presumption of criminal origin (DESIGN rule 1): raised unless shown otherwise, and shown means with evidence."""

from leerp.facts import Facts, RootCause
from leerp.incidents import Presumption

NOT_CRIMINAL = frozenset(
    {
        RootCause.SYSTEM_FAILURES,
        RootCause.NATURAL_PHENOMENA,
        RootCause.HUMAN_ERRORS,
        RootCause.THIRD_PARTY_FAILURES,
    }
)
"""Root causes that take an incident out of the scope of the protocol (field reference §1.3, §4.2)."""


def presume(facts: Facts) -> tuple[Presumption, str]:
    """Whether the incident is treated as criminal, and one sentence on why."""
    if facts.root_cause is None:
        return Presumption.RAISED, "No clear indication of a failure, an error or a natural cause: treated as criminal."
    if facts.root_cause not in NOT_CRIMINAL:
        return Presumption.RAISED, f"The root cause is given as {facts.root_cause}."
    if facts.rebuttal is None:
        return Presumption.RAISED, (
            f"The root cause is given as {facts.root_cause}, but without evidence that stands: treated as criminal."
        )
    return Presumption.REBUTTED, f"The root cause is {facts.root_cause}; the evidence: {facts.rebuttal}"
