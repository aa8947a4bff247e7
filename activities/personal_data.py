"""What an officer is told of the personal data in a notice before it goes: who of its readers does not get it.

Regulation (EU) 2016/794 Art. 26: private parties get none but on a ground that a person names.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.delivery_planning import readers_of
from leerp.notices import Notice, PersonalData, PrivatePartyGround
from leerp.stakeholders import Directory
from notifications.personal_data import is_private


@dataclass(frozen=True)
class PersonalDataInside:
    """That a notice holds personal data, and the private parties among its readers, by id."""

    notice: str
    private_parties: tuple[str, ...]
    ground: PrivatePartyGround | None

    @property
    def sentence(self) -> str:
        """For the officer: who gets it or does not, and what to do about it."""
        holds = f"{self.notice} holds personal data"
        if not self.private_parties:
            return f"{holds}; no private party is among its readers."
        named = ", ".join(self.private_parties)
        if self.ground is not None:
            return f"{holds}; these private parties get it too, on the ground {self.ground.value}: {named}."
        return f"{holds}; these private parties do not get it, unless the release names a ground (--ground): {named}."


async def personal_data_in(c: AsyncConnection, notice: Notice, directory: Directory) -> PersonalDataInside | None:
    """What is to be said of a notice, by the directory of now; None if no part of it holds personal data."""
    if all(portion.personal_data is not PersonalData.HELD for portion in notice.portions):
        return None
    everybody = directory.by_id()
    readers = [everybody[name] for name in await readers_of(c, notice) if name in everybody]
    private = tuple(sorted(one.id for one in readers if is_private(one.group)))
    return PersonalDataInside(notice.id, private, notice.personal_data_ground)
