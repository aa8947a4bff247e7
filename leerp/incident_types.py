"""Types of incident: the Reference Incident Classification Taxonomy (RSIT, version 1003), class and value.

The class is mandatory, the value optional. A type is written `class` or `class:value`, as in `intrusions` and
`intrusions:system-compromise`. How a type is called in the Common Taxonomy for Law Enforcement and CSIRTs, and which
offence it suggests, stands in `matrices/tables/incident-types.yaml`; what a type of the Common Taxonomy stands for when
it is read stands here, and a test holds the two against each other.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator

from leerp.model import Message

RSIT: dict[str, tuple[str, ...]] = {
    "abusive-content": ("spam", "harmful-speech", "violence"),
    "malicious-code": ("infected-system", "c2-server", "malware-distribution", "malware-configuration"),
    "information-gathering": ("scanner", "sniffing", "social-engineering"),
    "intrusion-attempts": ("ids-alert", "brute-force", "exploit"),
    "intrusions": (
        "privileged-account-compromise",
        "unprivileged-account-compromise",
        "application-compromise",
        "system-compromise",
        "burglary",
    ),
    "availability": ("dos", "ddos", "misconfiguration", "sabotage", "outage"),
    "information-content-security": (
        "unauthorised-information-access",
        "unauthorised-information-modification",
        "data-loss",
        "data-leak",
    ),
    "fraud": ("unauthorised-use-of-resources", "copyright", "masquerade", "phishing"),
    "vulnerable": (
        "weak-crypto",
        "ddos-amplifier",
        "potentially-unwanted-accessible",
        "information-disclosure",
        "vulnerable-system",
    ),
    "other": ("other", "undetermined"),
}
"""Values by class, in the order of the taxonomy."""

COMMON_CLASSES: dict[str, str] = {
    "abusive-content": "abusive-content",
    "malware": "malicious-code",
    "information-gathering": "information-gathering",
    "intrusion-attempt": "intrusion-attempts",
    "intrusion": "intrusions",
    "availability": "availability",
    "information-security": "information-content-security",
    "fraud": "fraud",
    "other": "other",
}
"""The classes of the Common Taxonomy (version 3), each with the class of RSIT beside it. `vulnerable` has none."""

COMMON: dict[str, dict[str, tuple[str, ...]]] = {
    "abusive-content": {
        "spam": ("abusive-content:spam",),
        "copyright": ("fraud:copyright",),  # another class
        "cse-racism-violence-incitement": ("abusive-content:harmful-speech", "abusive-content:violence"),
    },
    "malware": {
        "infection": ("malicious-code:infected-system",),
        "distribution": ("malicious-code:malware-distribution",),
        "command-and-control": ("malicious-code:c2-server",),
        "malicious-connection": ("malicious-code",),  # RSIT has no value for it
    },
    "information-gathering": {
        "scanning": ("information-gathering:scanner",),
        "sniffing": ("information-gathering:sniffing",),
        "phishing": ("fraud:phishing",),  # another class
    },
    "intrusion-attempt": {
        "vulnerability-exploitation-attempt": ("intrusion-attempts:ids-alert", "intrusion-attempts:exploit"),
        "login-attempt": ("intrusion-attempts:brute-force",),
    },
    "intrusion": {
        "vulnerability-exploitation": ("intrusions:application-compromise",),
        "account-compromise": (
            "intrusions:privileged-account-compromise",
            "intrusions:unprivileged-account-compromise",
        ),
    },
    "availability": {
        "dos-ddos": ("availability:dos", "availability:ddos"),
        "sabotage": ("availability:sabotage",),
    },
    "information-security": {
        "unauthorised-access": (
            "information-content-security:unauthorised-information-access",
            "information-content-security:data-leak",
        ),
        "unauthorised-modification-or-deletion": (
            "information-content-security:unauthorised-information-modification",
        ),
    },
    "fraud": {
        "resources-misuse": ("fraud:unauthorised-use-of-resources",),
        "false-representation": ("fraud:masquerade",),
    },
    "other": {
        "unclassified-incident": ("other:other",),
        "undetermined-incident": ("other:undetermined",),
    },
}
"""Values by class of the Common Taxonomy, each with the types of RSIT that it may stand for."""

UNDETERMINED = "other:undetermined"
"""The type of an incident whose type nobody knows."""

KNOWN = frozenset(RSIT) | {f"{rsit}:{value}" for rsit, values in RSIT.items() for value in values}
"""Every type there is, with its value and without."""


def _known(text: str) -> str:
    if text in KNOWN:
        return text
    rsit, _, _ = text.partition(":")
    right = f"one of {', '.join(RSIT[rsit])}" if rsit in RSIT else f"a class of RSIT: {', '.join(RSIT)}"
    raise ValueError(f"not a type of incident; write {right}")


IncidentType = Annotated[str, AfterValidator(_known)]
"""A type of incident: `class` or `class:value` of RSIT."""


def _known_common(text: str) -> str:
    common, colon, value = text.partition(":")
    if common not in COMMON:
        raise ValueError(f"not a class of the Common Taxonomy; write one of {', '.join(COMMON)}")
    if colon and value not in COMMON[common]:
        raise ValueError(f"not a value of the Common Taxonomy; write one of {', '.join(COMMON[common])}")
    return text


CommonType = Annotated[str, AfterValidator(_known_common)]
"""A type of incident in the Common Taxonomy: `class` or `class:value`."""


def meant_by_common(common: str, value: str = "") -> tuple[IncidentType, ...]:
    """The types of RSIT that a class of the Common Taxonomy, or a class with a value, may stand for.

    All of them are of one class. Empty where the Common Taxonomy knows no such class or value.
    """
    if value:
        return COMMON.get(common, {}).get(value, ())
    return (COMMON_CLASSES[common],) if common in COMMON_CLASSES else ()


def from_common(common: str, value: str = "") -> IncidentType | None:
    """The type of RSIT for one of the Common Taxonomy; only the class where it may stand for several values.

    None where the Common Taxonomy knows no such class or value.
    """
    meant = meant_by_common(common, value)
    return narrowest(meant) if meant else None


def narrowest(types: tuple[IncidentType, ...]) -> IncidentType:
    """The one type that covers all of these types of one class: the only one there is, or their class."""
    first, *others = types
    return first.partition(":")[0] if others else first


class Offence(Message):
    """An offence that a type of incident suggests to a reader who is no lawyer. Always derived, never established."""

    instrument: str
    article: str
    title: str
    derived: Literal[True] = True


class TypeAssignment(Message):
    """One type of an incident in both taxonomies, and the offences it suggests.

    `rsit_value`, `common_value`: None where only the class is known or has a counterpart. `common_class`: None where
    the Common Taxonomy has no counterpart at all. `stated`: false where nobody has named a type, and this one says so.
    """

    rsit_class: str
    rsit_value: str | None = None
    common_class: str | None = None
    common_value: str | None = None
    offences: tuple[Offence, ...] = ()
    stated: bool = True

    def __str__(self) -> str:
        rsit = ":".join(filter(None, (self.rsit_class, self.rsit_value)))
        common = ":".join(filter(None, (self.common_class, self.common_value))) or "no counterpart"
        offences = "; ".join(f"{one.instrument}, {one.article}" for one in self.offences)
        suggests = f"; suggests (derived): {offences}" if offences else ""
        return f"{rsit} (RSIT), {common} (Common Taxonomy){suggests}"
