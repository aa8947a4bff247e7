"""What an imported file would change in the directory, and the new entries as YAML to look at and take over."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML

from leerp.formats.texts import shown
from leerp.stakeholders import Directory, Stakeholder
from notifications.importing.drafts import Draft, Imported


@dataclass(frozen=True, kw_only=True)
class Differences:
    """New entries; sentences on addresses and keys that differ; ids of the directory that the file does not have."""

    new: tuple[Draft, ...]
    addresses: tuple[str, ...]
    keys: tuple[str, ...]
    gone: tuple[str, ...]
    same: int


def differences(imported: Imported, directory: Directory) -> Differences:
    """Hold an import against the directory: entries are matched by id, name, alias or address.

    Whoever is missing counts as gone only in the groups that the file has.
    """
    everybody = (directory.centre, *directory.stakeholders)
    known = {text: one for one in reversed(everybody) for text in _names(one)}
    new: list[Draft] = []
    addresses: list[str] = []
    keys: list[str] = []
    met: set[str] = set()
    same = 0
    for draft in imported.drafts:
        found = next((known[text] for text in _names(draft.stakeholder) if text in known), None)
        if found is None:
            new.append(draft)
            continue
        met.add(found.id)
        other_address, other_key = _address_change(draft, found), _key_change(draft, found)
        addresses.extend(other_address)
        keys.extend(other_key)
        same += not (other_address or other_key)
    groups = {draft.stakeholder.group for draft in imported.drafts}
    gone = [one.id for one in directory.stakeholders if one.group in groups and one.id not in met]
    seen = {one.id for one in everybody if imported.seen.intersection(_names(one))}
    return Differences(
        new=tuple(new),
        addresses=tuple(addresses),
        keys=tuple(keys),
        gone=tuple(one for one in gone if one not in seen),
        same=same,
    )


def _names(one: Stakeholder) -> Iterator[str]:
    for text in (one.id, one.name, *one.aliases, *(contact.address for contact in one.contacts)):
        yield text.casefold()


def _address_change(draft: Draft, found: Stakeholder) -> list[str]:
    wanted = draft.stakeholder.contacts[0]
    here = [contact.address for contact in found.contacts if contact.channel == wanted.channel]
    if wanted.address.casefold() in (address.casefold() for address in here):
        return []
    return [f"{found.id}: {wanted.channel} {', '.join(here) or 'none'} in the directory, {wanted.address} in the file"]


def _key_change(draft: Draft, found: Stakeholder) -> list[str]:
    here = [contact.key.fingerprint for contact in found.contacts if contact.key]
    if draft.fingerprint is None or draft.fingerprint in here:
        return []
    return [f"{found.id}: key {', '.join(here) or 'none'} in the directory, {draft.fingerprint} in the file"]


def as_yaml(drafts: Sequence[Draft], *, source: str) -> str:
    """The entries as they stand under `stakeholders` in directory.yaml, without clearances."""
    lines = [
        f"# New entries from {shown(source)}. Look at each, find out its clearance, and put it into directory.yaml.",
        "stakeholders:",
    ]
    for draft in drafts:
        values = draft.stakeholder.model_dump(mode="json", exclude_defaults=True)
        written = io.StringIO()
        writer = YAML()
        writer.width = 4096
        writer.indent(mapping=2, sequence=4, offset=2)
        writer.dump([values], written)
        lines += written.getvalue().rstrip("\n").splitlines()
        if draft.fingerprint:
            lines.append(f"    # a key is said to have the fingerprint {draft.fingerprint}: fetch it, check, pin it")
    return "\n".join(lines if drafts else [lines[0], "stakeholders: []"]) + "\n"
