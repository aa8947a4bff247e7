"""A directory to play a scenario with pseudonyms with: the same groups, countries and clearances, and nobody in it."""

from collections.abc import Mapping
from typing import Any

from exercises.pseudonym_values import Values
from leerp.stakeholders import Directory, Stakeholder


def directory_with(directory: Directory, *, people: Mapping[str, str], values: Values) -> Directory:
    """The directory with the pseudonyms that a scenario has.

    Names, addresses, keys, hours, aliases, rooms, circles, time zones and absences are not carried over; groups,
    countries, clearances, languages, roles, skills and the names of channels are.
    """
    return Directory.model_validate(
        {
            "version": "pseudonymised",
            "centre": _stakeholder(directory.centre, people, values),
            "stakeholders": [_stakeholder(one, people, values) for one in directory.stakeholders],
            "officers": [
                {
                    "id": people[one.id],
                    "name": people[one.id],
                    **one.model_dump(
                        include={"roles", "skills", "available", "languages", "clearance", "cleared_until"}
                    ),
                }
                for one in directory.officers
            ],
        }
    )


def _stakeholder(one: Stakeholder, people: Mapping[str, str], values: Values) -> dict[str, Any]:
    kept = {"group", "country", "clearance", "cleared_until", "languages", "selective", "blueprint"}
    contacts = [
        {
            "channel": contact.channel,
            "address": values.mail(contact.address)
            if "@" in contact.address
            else values.word("address", contact.address),
            "personal": contact.personal,
        }
        for contact in one.contacts
    ]
    return {"id": people[one.id], "name": people[one.id], "contacts": contacts, **one.model_dump(include=kept)}
