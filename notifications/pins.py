"""Pins applied to the directory: a changed address or key is not used until two officers have confirmed it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from leerp import canonical
from leerp.pins import ContactPin, PinOutline
from leerp.stakeholders import ContactPoint, Directory, Stakeholder


@dataclass(frozen=True, kw_only=True)
class ContactChange:
    """What the directory says and nobody has approved. `former_address` None: the stakeholder had none there."""

    stakeholder: str
    channel: str
    address: str
    fingerprint: str | None
    former_address: str | None
    former_fingerprint: str | None

    @property
    def sentence(self) -> str:
        """What waits, and for whom."""
        if self.former_address is None:
            what = f"{self.address} on channel {self.channel} is new and not used"
        elif self.former_address != self.address:
            what = f"the address on channel {self.channel} was {self.former_address}, which stays in use, and is"
            what += f" {self.address} now"
        else:
            former, now = (text or "none" for text in (self.former_fingerprint, self.fingerprint))
            what = f"the key for {self.address} was {former}, which stays in use, and is {now} now"
        return f"{self.stakeholder}: {what}; two officers must confirm it (leerp directory confirm)"


def unseen(directory: Directory, pins: Iterable[ContactPin | PinOutline], *, at: datetime) -> list[ContactPin]:
    """Pins, as found, for every stakeholder of whom nothing is pinned on any channel."""
    seen = {pin.stakeholder for pin in pins}
    everybody = (directory.centre, *directory.stakeholders)
    return [pin for one in everybody if one.id not in seen for pin in pins_of(one, one.contacts, at=at)]


def pins_of(
    stakeholder: Stakeholder, contacts: Iterable[ContactPoint], *, at: datetime, by: tuple[str, str] | None = None
) -> list[ContactPin]:
    """Pins for these contact points. `by`: who proposed and who approved; None: taken as found."""
    proposed_by, approved_by = by or (None, None)
    return [
        ContactPin(
            stakeholder=stakeholder.id,
            channel=one.channel,
            address=one.address,
            personal=one.personal,
            key=one.whole_key,
            approved_at=at,
            proposed_by=proposed_by,
            approved_by=approved_by,
        )
        for one in contacts
    ]


def differing(directory: Directory, pins: Iterable[PinOutline]) -> set[str]:
    """The stakeholders of whom something is pinned and of whom the directory says something else."""
    approved: dict[str, set[tuple[str, str, str | None]]] = defaultdict(set)
    for pin in pins:
        approved[pin.stakeholder].add((pin.channel, pin.address, pin.fingerprint))
    return {
        one.id
        for one in (directory.centre, *directory.stakeholders)
        if one.id in approved
        and not {(contact.channel, contact.address, _fingerprint(contact)) for contact in one.contacts}
        <= approved[one.id]
    }


def with_pins(directory: Directory, pins: Iterable[ContactPin]) -> tuple[Directory, list[ContactChange]]:
    """The directory as it may be used, and the changes in it that wait.

    In the place of a changed address or key stands the approved one; a contact point on a channel where nothing was
    approved is left out. A stakeholder always keeps a contact point: the approved ones, if nothing else is left.
    A stakeholder without any pin is as it is found; it is enough to give the pins of those who differ.
    """
    approved: dict[str, list[ContactPin]] = defaultdict(list)
    for pin in pins:
        approved[pin.stakeholder].append(pin)
    changes: list[ContactChange] = []
    centre, *others = (
        _pinned(one, approved[one.id], changes) if one.id in approved else one
        for one in (directory.centre, *directory.stakeholders)
    )
    if not changes:
        return directory, []
    return directory.model_copy(update={"centre": centre, "stakeholders": tuple(others)}), changes


def _pinned(one: Stakeholder, approved: Sequence[ContactPin], changes: list[ContactChange]) -> Stakeholder:
    by_place = {(pin.channel, pin.address): pin for pin in approved}
    named = {(contact.channel, contact.address) for contact in one.contacts}
    gone = [pin for place, pin in by_place.items() if place not in named]
    usable: list[ContactPoint] = []
    for contact in one.contacts:
        pin = by_place.get((contact.channel, contact.address))
        pin = pin or next((pin for pin in gone if pin.channel == contact.channel), None)
        if pin in gone:
            gone.remove(pin)
        if pin and pin.address == contact.address and pin.fingerprint == _fingerprint(contact):
            usable.append(contact)
            continue
        changes.append(_change(one, contact, pin))
        usable.extend([_former(contact, pin)] if pin else [])
    contacts = usable or [
        ContactPoint(channel=pin.channel, address=pin.address, personal=pin.personal, key=pin.key) for pin in approved
    ]
    return one.model_copy(update={"contacts": tuple(contacts)})


def _former(contact: ContactPoint, pin: ContactPin) -> ContactPoint:
    """The contact point with what was approved in it; the hours, which nobody has to confirm, are today's."""
    return contact.model_copy(update={"address": pin.address, "personal": pin.personal, "key": pin.key})


def _change(one: Stakeholder, contact: ContactPoint, pin: ContactPin | None) -> ContactChange:
    return ContactChange(
        stakeholder=one.id,
        channel=contact.channel,
        address=contact.address,
        fingerprint=_fingerprint(contact),
        former_address=pin.address if pin else None,
        former_fingerprint=pin.fingerprint if pin else None,
    )


def _fingerprint(contact: ContactPoint) -> str | None:
    return contact.key.fingerprint if contact.key else None


def contacts_digest(contacts: Iterable[ContactPoint]) -> str:
    """SHA-256 over channel, address and fingerprint of contact points, whatever their order: what is confirmed."""
    plain = sorted([one.channel, one.address, _fingerprint(one) or ""] for one in contacts)
    return hashlib.sha256(canonical.dumps(plain)).hexdigest()
