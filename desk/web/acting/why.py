"""Why somebody gets nothing, and why something did not arrive, in words for every one of the closed lists."""

from leerp.marking import WithheldReason
from leerp.notices import DeliveryReason

WITHHELD = {
    WithheldReason.UNKNOWN_READER: "the directory does not have this reader",
    WithheldReason.CLEARANCE_UNKNOWN: "the directory does not say how far this reader is cleared",
    WithheldReason.CLEARANCE_TOO_LOW: "the reader is not cleared so high",
    WithheldReason.CLEARANCE_EXPIRED: "the reader's clearance has ended, or has no day on which it ends",
    WithheldReason.NO_CHANNEL: "there is no way to reach this reader",
    WithheldReason.CHANNEL_UNKNOWN: "the channel in the directory is not configured here",
    WithheldReason.CHANNEL_BELOW_MARKING: "the channel may not carry what is marked so high",
    WithheldReason.NOT_RELEASABLE: "it is releasable to others alone",
    WithheldReason.TLP_NAMED_RECIPIENTS_ONLY: "TLP:RED goes to one named post, and this address is a shared one",
    WithheldReason.PROVIDER_CONSENT_MISSING: "the provider has not permitted it (H2)",
    WithheldReason.RESTRICTION_NOT_READ: "nobody has read the provider's restriction in words (H3)",
    WithheldReason.NOTHING_TO_READ: "what this reader may see says nothing",
    WithheldReason.KEY_MISSING: "the channel needs a key, and the directory has none of this reader",
    WithheldReason.KEY_EXPIRED: "the reader's key has expired",
    WithheldReason.PERSONAL_DATA_TO_PRIVATE_PARTY: "it is personal data, and the reader is a private party (Art. 26)",
    WithheldReason.SUPERSEDED: "a later notice has taken its place",
    WithheldReason.RECALLED: "it was taken back",
}

FAILED = {
    DeliveryReason.UNREACHABLE: "the other side cannot be reached",
    DeliveryReason.REFUSED_BY_SERVER: "the other side's server refuses it",
    DeliveryReason.ADDRESS_UNKNOWN: "the other side does not know the address",
    DeliveryReason.RATE_LIMITED: "the other side wants to be left alone for a while",
    DeliveryReason.NOT_CONFIGURED: "the channel is not configured",
    DeliveryReason.KEY_MISSING: "there is no key of this reader",
    DeliveryReason.KEY_EXPIRED: "the reader's key has expired",
    DeliveryReason.KEY_MISMATCH: "the key is not the one that was compared",
    DeliveryReason.GAVE_UP: "it was tried for as long as the policy allows, and given up",
}

_WORDS = {one.value: words for one, words in (*WITHHELD.items(), *FAILED.items())}


def why(reason: str | None) -> str:
    """A reason of the ledger in words; one of an older version as it stands there."""
    return _WORDS.get(reason, reason.replace("_", " ")) if reason else ""
