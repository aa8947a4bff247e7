"""Targets of actions: observables, and what is no observable: a range of addresses, a server, an account, a person.

Each is normalised when made, so that two countries that mean the same write the same.
"""

import ipaddress
import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from leerp.model import Model
from leerp.observables import Observable, ObservableKind

WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a range, by version: nobody plans against more, and more would meet everything."""


class TargetKind(StrEnum):
    """Targets that reports do not carry as observables; for all others see `leerp.observables.ObservableKind`."""

    IP_RANGE = "ip_range"
    SERVER = "server"
    ACCOUNT = "account"
    HANDLE = "handle"
    REGISTRANT = "registrant"


def normalise_target(kind: TargetKind, value: str) -> str:
    """The one spelling of a value; raises ValueError when it is not of its kind, in words that do not repeat it.

    A range is written as network and prefix length; everything else in Unicode NFKC, without differences of case and
    with single spaces.
    """
    if kind is TargetKind.IP_RANGE:
        return _range(value)
    text = " ".join(unicodedata.normalize("NFKC", value).casefold().split()).replace("[.]", ".").replace("[at]", "@")
    if not text:
        raise ValueError(f"an empty {kind}")
    return text


def _range(value: str) -> str:
    text = value.strip().replace("[.]", ".").replace("[:]", ":")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("not a range of addresses; write one as 192.0.2.0/24") from None
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"a range wider than /{WIDEST[network.version]}; name the networks that are meant")
    return str(network)


class Target(Model):
    """One target that is no observable, normalised when made; (kind, value) is its identity."""

    kind: TargetKind
    value: str = Field(max_length=1_024)

    @model_validator(mode="before")
    @classmethod
    def _normalised(cls, data: object) -> object:
        if isinstance(data, dict) and isinstance(data.get("value"), str) and "kind" in data:
            return {**data, "value": normalise_target(TargetKind(data["kind"]), data["value"])}
        return data


_OTHER_KINDS = frozenset(kind.value for kind in TargetKind)


def _written_as(value: object) -> str:
    """The tag of the form, by its kind alone, so that a fault is told for the form that was meant."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return "target" if kind in _OTHER_KINDS else "observable"


AnyTarget = Annotated[
    Annotated[Observable, Tag("observable")] | Annotated[Target, Tag("target")], Discriminator(_written_as)
]
"""What an action aims at."""

KINDS = (*(kind.value for kind in ObservableKind), *(kind.value for kind in TargetKind))
"""Every kind a target may have."""
