"""Whose a mail is, as far as that can be known: the sender's address says it, and only a pinned key proves it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from activities.arriving import Manner
from activities.collecting.openpgp import SecretKey, Signature, decrypt, verify
from leerp.errors import BadInputError
from leerp.formats.letters import Letter, read_letter, unwrapped
from leerp.formats.mail_signed import Smime
from leerp.formats.texts import shown
from leerp.keys import Key, KeyKind
from leerp.model import iso
from leerp.stakeholders import Directory, Stakeholder

OLD = timedelta(days=1)
"""A signature made so long before the mail came is said to be old: anybody can send an old mail again."""


_IN_SMIME = {
    Smime.SIGNED: "signed with S/MIME, not checked",
    Smime.SIGNED_WITHIN: "signed with S/MIME, not checked, and its text is within that: read it in the mailbox",
    Smime.ENCRYPTED: "encrypted with S/MIME, which is not opened: read it in the mailbox",
}


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A mail, decrypted if it was encrypted, whom its address names, and the signature that proves it."""

    letter: Letter
    sender: Stakeholder
    signature: Signature | None
    encrypted: bool

    def manner(self, *, at: datetime, more: tuple[str, ...] = (), **data: JsonValue) -> Manner:
        """What is to be known of whatever this mail brought."""
        return Manner(
            notes=(*self._notes(at), *more),
            proven=self.signature is not None,
            floor=self.letter.marking,
            data={
                "says_from": shown(self.letter.sender or "", limit=120),
                "verified": self.signature.fingerprint if self.signature else False,
                "encrypted": self.encrypted,
                **data,
            },
        )

    def _notes(self, at: datetime) -> tuple[str, ...]:
        if self.signature is None:
            return (self._unproven(),)
        made = self.signature.made_at
        when = f", made at {iso(made)}" if made else ""
        old = (f"the signature is older than the mail by more than {OLD.days} day: it may be sent again",)
        signed = f"verified: signed with the pinned OpenPGP key of {self.sender.id}{when}; its subject is not signed"
        return (signed, *(old if made and at - made > OLD else ()))

    def _unproven(self) -> str:
        """Why it is not certain who sent it."""
        if self.letter.smime is not None:
            why = _IN_SMIME[self.letter.smime]
        elif self.letter.signed is not None and not _keys_of(self.sender):
            why = "it is signed, and no OpenPGP key of its sender is pinned"
        elif self.letter.signed is not None:
            why = "its signature is not good, or not by a pinned key of its sender"
        elif self.letter.inline:
            why = "OpenPGP within its text is not read; ask for PGP/MIME"
        elif _keys_of(self.sender):
            why = "it is not signed, though a key of its sender is pinned"
        else:
            why = "it is not signed"
        return f"unverified: {why}; a sender's address is easily forged, confirm it another way"


async def prove(content: bytes, *, name: str, directory: Directory, secret: SecretKey | None, at: datetime) -> Proven:
    """The mail and whose it is. BadInputError if its sender is nobody in the directory, or it cannot be opened."""
    letter = await asyncio.to_thread(read_letter, content, name=name)
    sender = sender_of(letter, directory, name=name)
    keys = _keys_of(sender)
    if letter.encrypted is None:
        signed = await _verified(letter, keys, at)
        return Proven(letter=letter, sender=sender, signature=signed, encrypted=False)
    if secret is None:
        raise BadInputError(f"{name}: encrypted, and sources.yaml names no decryption_key_file; ask for it once more")
    opened = await asyncio.to_thread(decrypt, letter.encrypted, secret, keys, at=at)
    inner = await asyncio.to_thread(read_letter, unwrapped(content, opened.content), name=name)
    if inner.encrypted is not None:
        raise BadInputError(f"{name}: encrypted twice; ask for it once more")
    signed = opened.signature or await _verified(inner, keys, at)
    return Proven(letter=inner, sender=sender, signature=signed, encrypted=True)


async def _verified(letter: Letter, keys: Sequence[Key], at: datetime) -> Signature | None:
    if letter.signed is None or not keys:
        return None
    return await asyncio.to_thread(verify, letter.signed, keys, at=at)


def _keys_of(sender: Stakeholder) -> list[Key]:
    """The OpenPGP keys pinned for a stakeholder, whichever of its addresses they are for."""
    keys = [contact.whole_key for contact in sender.contacts]
    return [key for key in keys if key is not None and key.kind is KeyKind.OPENPGP]


def sender_of(letter: Letter, directory: Directory, *, name: str) -> Stakeholder:
    """Whom the address in From belongs to: a contact point, an id, a name or an alias of one stakeholder."""
    address = letter.sender
    if address is None:
        raise BadInputError(f"{name}: does not name one sender; hand it in with leerp report FILE --source ID")
    everybody = (directory.centre, *directory.stakeholders)
    found = {one.id: one for one in everybody if any(point.address.lower() == address for point in one.contacts)}
    known = next(iter(found.values())) if len(found) == 1 else None
    known = known or (directory.named(address) if not found else None)
    if known is None:
        why = "more than one stakeholder has that address" if found else "nobody in the directory has that address"
        raise BadInputError(
            f"{name}: its sender is {shown(address, limit=120)}, and {why}; hand it in with leerp report --source"
        )
    return known
