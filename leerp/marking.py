"""Markings: what limits who may read a portion, and how two of them combine.

A marking is a point in a lattice. `join` is associative, commutative and idempotent and never loosens;
`refusal` says whether, and if not why not, a reader may see a marked portion over a channel.
Sources: Council Decision 2013/488/EU (levels), Regulation (EU) 2016/794 Art. 19(2) and 22(2) (restrictions of
the provider), FIRST TLP 2.0 and PAP.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from functools import cache, reduce

from pydantic import Field, field_validator, model_validator

from leerp.countries import Country
from leerp.model import Identifier, Instant, Line, Model


class _Ordered(StrEnum):
    """An enumeration whose order is the order of definition, lowest first."""

    @property
    def rank(self) -> int:
        return _ranks(type(self))[self]


@cache
def _ranks(kind: type[_Ordered]) -> dict[_Ordered, int]:
    return {member: rank for rank, member in enumerate(kind)}


class Level(_Ordered):
    """Protection levels, low to high (field reference §3.2)."""

    PUBLIC = "PUBLIC"
    BPL = "BPL"
    RESTREINT = "RESTREINT"
    CONFIDENTIEL = "CONFIDENTIEL"
    SECRET = "SECRET"  # noqa: S105 - a protection level
    TRES_SECRET = "TRES_SECRET"  # noqa: S105 - a protection level

    @property
    def full(self) -> str:
        """The full marking; abbreviations must not replace it (2013/488/EU Annex III(12))."""
        return _TITLES[self]


_TITLES = {
    Level.PUBLIC: "Europol Public Information",
    Level.BPL: "Europol Unclassified - Basic Protection Level",
    Level.RESTREINT: "RESTREINT UE/EU RESTRICTED",
    Level.CONFIDENTIEL: "CONFIDENTIEL UE/EU CONFIDENTIAL",
    Level.SECRET: "SECRET UE/EU SECRET",
    Level.TRES_SECRET: "TRÈS SECRET UE/EU TOP SECRET",
}


class Tlp(_Ordered):
    """Traffic Light Protocol 2.0 (FIRST, August 2022), loosest first."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"


class Pap(_Ordered):
    """Permissible Actions Protocol, loosest first."""

    CLEAR = "PAP:CLEAR"
    GREEN = "PAP:GREEN"
    AMBER = "PAP:AMBER"
    RED = "PAP:RED"


class HandlingCode(StrEnum):
    """Europol handling codes, set by the provider (Regulation (EU) 2016/794 Art. 19(2))."""

    H0 = "H0"
    H1 = "H1"
    H2 = "H2"
    H3 = "H3"


class Handling(Model):
    """One handling code as one provider set it; H3 always carries its text."""

    code: HandlingCode
    provider: Identifier
    text: str = Field(default="", max_length=2_000)

    @model_validator(mode="after")
    def _h3_has_text(self) -> "Handling":
        if (self.code is HandlingCode.H3) != bool(self.text.strip()):
            raise ValueError("H3 needs its restriction as text, and only H3 has one")
        return self


class WithheldReason(StrEnum):
    """Why a reader does not get a portion or a notice: the closed list."""

    UNKNOWN_READER = "unknown_reader"
    CLEARANCE_UNKNOWN = "clearance_unknown"
    CLEARANCE_TOO_LOW = "clearance_too_low"
    CLEARANCE_EXPIRED = "clearance_expired"
    NO_CHANNEL = "no_channel"
    CHANNEL_UNKNOWN = "channel_unknown"
    CHANNEL_BELOW_MARKING = "channel_below_marking"
    NOT_RELEASABLE = "not_releasable"
    TLP_NAMED_RECIPIENTS_ONLY = "tlp_named_recipients_only"
    PROVIDER_CONSENT_MISSING = "provider_consent_missing"
    RESTRICTION_NOT_READ = "restriction_not_read"
    NOTHING_TO_READ = "nothing_to_read"
    KEY_MISSING = "key_missing"
    KEY_EXPIRED = "key_expired"
    PERSONAL_DATA_TO_PRIVATE_PARTY = "personal_data_to_private_party"
    SUPERSEDED = "superseded"
    RECALLED = "recalled"


SET_BY_PROVIDER = frozenset(
    {
        WithheldReason.NOT_RELEASABLE,
        WithheldReason.TLP_NAMED_RECIPIENTS_ONLY,
        WithheldReason.PROVIDER_CONSENT_MISSING,
        WithheldReason.RESTRICTION_NOT_READ,
    }
)
"""The refusals that come from what a provider asked for, and not from how well a reader or a channel is protected."""


class Reader(Model):
    """What the marking policy knows of a reader, as it stood when the notice was planned.

    `personal` tells that the contact point is one named post and not a shared list, which TLP:RED needs.
    `circles`: those it is admitted to because it needs to know.
    """

    id: Identifier
    group: Identifier
    country: Country | None = None
    clearance: Level | None = None
    cleared_until: Instant | None = None
    personal: bool = False
    circles: tuple[Identifier, ...] = ()

    @property
    def selectors(self) -> frozenset[str]:
        """The names under which a releasability clause may mean this reader."""
        country = {f"country:{self.country}"} if self.country else set()
        circles = {f"circle:{name}" for name in self.circles}
        return frozenset({f"reader:{self.id}", f"group:{self.group}"} | country | circles)


class Consent(Model):
    """A provider's permission that one reader may have its H2 information."""

    provider: Identifier
    reader: Identifier


class Marking(Model):
    """The marking of a portion or of a whole.

    `releasable_to` is a conjunction of clauses; a reader must match one selector (`country:DE`, `group:…`,
    `circle:…`, `reader:…`) in every clause. No clause means no such limit. A country means its authorities, and nobody
    else who has a seat there.
    """

    level: Level = Level.BPL
    tlp: Tlp = Tlp.CLEAR
    pap: Pap = Pap.CLEAR
    handling: tuple[Handling, ...] = ()
    releasable_to: tuple[tuple[Line, ...], ...] = ()

    @field_validator("handling", mode="after")
    @classmethod
    def _sorted_handling(cls, value: tuple[Handling, ...]) -> tuple[Handling, ...]:
        return tuple(sorted(set(value), key=lambda item: (item.code, item.provider, item.text)))

    @field_validator("releasable_to", mode="after")
    @classmethod
    def _sorted_clauses(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        return tuple(sorted({tuple(sorted(set(clause))) for clause in value}))

    def join(self, other: "Marking") -> "Marking":
        """The loosest marking that is at least as tight as both (2013/488/EU Annex III(7))."""
        return Marking(
            level=max(self.level, other.level, key=lambda level: level.rank),
            tlp=max(self.tlp, other.tlp, key=lambda tlp: tlp.rank),
            pap=max(self.pap, other.pap, key=lambda pap: pap.rank),
            handling=self.handling + other.handling,
            releasable_to=self.releasable_to + other.releasable_to,
        )

    @property
    def banner(self) -> str:
        """The line that stands at the top and the bottom of what is marked."""
        codes = sorted({item.code for item in self.handling if item.code is not HandlingCode.H0})
        parts = [self.level.full, self.tlp.value, self.pap.value, *codes]
        clauses = [" or ".join(clause) for clause in self.releasable_to]
        return " | ".join([*parts, *(f"releasable to {clause}" for clause in clauses)])


LOOSEST = Marking(level=Level.PUBLIC)
"""The bottom of the lattice: joining it changes nothing."""


def join_all(markings: Iterable[Marking]) -> Marking:
    """The join of all; the bottom when there are none."""
    return reduce(Marking.join, markings, LOOSEST)


def refusal(  # noqa: PLR0913 - all that decides
    marking: Marking,
    reader: Reader,
    *,
    channel_maximum: Level | None,
    consents: Collection[Consent] = (),
    restrictions_read: bool = False,
    lifted: bool = False,
    at: datetime,
) -> WithheldReason | None:
    """Why this reader may not have this over that channel, or None if nothing stands against it.

    Fails closed: an unknown clearance or an unaccredited channel (`channel_maximum` None) is a refusal.
    A provider always may have its own information back.
    `lifted`: against an imminent threat to life the restrictions of providers do not count (Regulation (EU) 2016/794
    Art. 22(2)); the reader's clearance and the channel's maximum are none, and still do.
    """
    if channel_maximum is None:
        return WithheldReason.CHANNEL_UNKNOWN
    if marking.level.rank > channel_maximum.rank:
        return WithheldReason.CHANNEL_BELOW_MARKING
    uncleared = _clearance_refusal(marking.level, reader, at)
    if uncleared or lifted:
        return uncleared
    return _audience_refusal(marking, reader) or _handling_refusal(
        marking, reader, consents, restrictions_read=restrictions_read
    )


def _clearance_refusal(level: Level, reader: Reader, at: datetime) -> WithheldReason | None:
    """2013/488/EU Art. 7: cleared to the level, and from CONFIDENTIEL upwards until a date."""
    if level is Level.PUBLIC:
        return None
    if reader.clearance is None:
        return WithheldReason.CLEARANCE_UNKNOWN
    if reader.clearance.rank < level.rank:
        return WithheldReason.CLEARANCE_TOO_LOW
    undated = reader.cleared_until is None and level.rank >= Level.CONFIDENTIEL.rank
    if undated or (reader.cleared_until is not None and reader.cleared_until <= at):
        return WithheldReason.CLEARANCE_EXPIRED
    return None


def _audience_refusal(marking: Marking, reader: Reader) -> WithheldReason | None:
    if not all(reader.selectors.intersection(clause) for clause in marking.releasable_to):
        return WithheldReason.NOT_RELEASABLE
    if marking.tlp is Tlp.RED and not reader.personal:
        return WithheldReason.TLP_NAMED_RECIPIENTS_ONLY
    return None


def _handling_refusal(
    marking: Marking, reader: Reader, consents: Collection[Consent], *, restrictions_read: bool
) -> WithheldReason | None:
    if unasked(marking, reader.id, consents):
        return WithheldReason.PROVIDER_CONSENT_MISSING
    if not restrictions_read and any(item.code is HandlingCode.H3 for item in marking.handling):
        return WithheldReason.RESTRICTION_NOT_READ
    return None


def unasked(marking: Marking, reader: str, consents: Collection[Consent]) -> frozenset[str]:
    """The providers whose permission this reader still lacks (H2). A provider needs none for its own information."""
    given = {consent.provider for consent in consents if consent.reader == reader} | {reader}
    return frozenset(item.provider for item in marking.handling if item.code is HandlingCode.H2) - given
