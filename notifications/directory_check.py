"""What is wrong with a directory that can be read: faults that keep somebody from being told, or tell the wrong one."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from leerp.marking import Level
from leerp.stakeholders import ContactPoint, Directory, Role, Stakeholder
from notifications.channels import AnySettings, ChannelsFile
from notifications.channels.smtp.settings import SmtpSettings
from notifications.lookalikes import lookalike_faults

KEY_NOTICE = timedelta(days=30)
"""How long before a key expires its owner is to be asked for the next one."""


def check_directory(directory: Directory, channels: ChannelsFile, *, at: datetime) -> list[str]:
    """What is wrong with a directory that can be read: one sentence each, in the directory's order; empty if nothing.

    `at`: the time by which keys are judged. A directory with such faults still works, closed: nothing goes where
    something is not known.
    """
    everybody = (directory.centre, *directory.stakeholders)
    return [
        *(
            fault
            for one in everybody
            for fault in (*_clearance_faults(one), *_contact_faults(one, channels), *_key_faults(one, channels, at))
        ),
        *_shared_addresses(everybody),
        *lookalike_faults((one.id, contact.address) for one in everybody for contact in one.contacts),
        *_shared_names(everybody),
        *_officer_faults(directory),
        *_member_faults(directory),
    ]


def _member_faults(directory: Directory) -> Iterator[str]:
    known = {one.id for one in directory.stakeholders}
    for one in directory.members:
        if one.stakeholder not in known:
            yield f"{one.id}: belongs to {one.stakeholder}, who is no stakeholder any more, and cannot sign in"


def _clearance_faults(one: Stakeholder) -> Iterator[str]:
    if one.clearance is None:
        yield f"{one.id}: its clearance is not known, so only public information goes there; find it out"
    elif one.clearance.rank >= Level.CONFIDENTIEL.rank and one.cleared_until is None:
        yield f"{one.id}: a clearance to {one.clearance} needs the day it ends (cleared_until); until then it is void"


def _contact_faults(one: Stakeholder, channels: ChannelsFile) -> Iterator[str]:
    for contact in one.contacts:
        settings = channels.channels.get(contact.channel)
        if settings is None:
            yield f"{one.id}: there is no channel {contact.channel!r} in channels.yaml; add it or correct the contact"
        elif wrong := settings.address_fault(contact.address):
            yield f"{one.id}: {contact.address!r} {wrong}; channel {contact.channel!r} cannot send there"


def _key_faults(one: Stakeholder, channels: ChannelsFile, at: datetime) -> Iterator[str]:
    for contact in one.contacts:
        settings = channels.channels.get(contact.channel)
        if contact.key is None:
            if settings is not None and settings.needs_key:
                yield f"{one.id}: channel {contact.channel!r} sends to nobody without a key; pin the key of this reader"
            continue
        fault = _expiry_fault(contact, at)
        if fault:
            yield f"{one.id}: {fault}; ask for the next one"
        if not _expired(contact, at) and (unusable := _encryption_fault(one, contact, settings, at)):
            yield f"{one.id}: channel {contact.channel!r} cannot encrypt for {contact.address}: {unusable}"


def _encryption_fault(
    one: Stakeholder, contact: ContactPoint, settings: AnySettings | None, at: datetime
) -> str | None:
    """What would be said when mail is to be encrypted with a key; None where nothing is, or where it can be."""
    if contact.whole_key is None or not isinstance(settings, SmtpSettings):
        return None
    from notifications.channels.smtp.protection import key_fault  # noqa: PLC0415 - loaded where there is a key to try

    return key_fault(settings, contact.whole_key, reader=one.id, at=at)


def _expiry_fault(contact: ContactPoint, at: datetime) -> str | None:
    ends = contact.whole_key.expires_at if contact.whole_key else None
    if ends is None or ends > at + KEY_NOTICE:
        return None
    tense = "expired" if _expired(contact, at) else "expires"
    return f"the key for {contact.address} {tense} on {ends:%Y-%m-%d}"


def _expired(contact: ContactPoint, at: datetime) -> bool:
    ends = contact.whole_key.expires_at if contact.whole_key else None
    return ends is not None and ends <= at


def _shared_addresses(everybody: tuple[Stakeholder, ...]) -> Iterator[str]:
    owners: dict[tuple[str, str], list[str]] = {}
    for one in everybody:
        for contact in one.contacts:
            owners.setdefault((contact.channel, contact.address.casefold()), []).append(one.id)
    for (channel, address), ids in owners.items():
        if len(ids) > 1:
            yield f"{address} on channel {channel} stands more than once ({', '.join(ids)}); one address has one reader"


def _shared_names(everybody: tuple[Stakeholder, ...]) -> Iterator[str]:
    names = Counter(
        name for one in everybody for name in {text.casefold() for text in (one.id, one.name, *one.aliases)}
    )
    for name, times in names.items():
        if times > 1:
            yield f"{times} entries answer to {name!r}; a report by that name would be credited to the first"


def _officer_faults(directory: Directory) -> Iterator[str]:
    approvers = [one for one in directory.officers if Role.APPROVER in one.roles]
    if not approvers:
        yield "no officer has the role approver; acts that need a second person cannot be done"
    elif len(approvers) == 1:
        yield f"only {approvers[0].id} has the role approver; what this officer proposes, nobody can approve"
