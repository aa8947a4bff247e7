"""Notices to providers: what they are asked or told about their own information, kept and released in one breath."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.notice_making import frame, own_notice
from leerp.marking import HandlingCode
from leerp.notices import Notice, NoticeKind, PersonalData, Portion
from leerp.stakeholders import Directory
from notifications.context import ProviderWord
from notifications.rendering import STRUCTURAL
from records import notices
from records.incidents import StoredIncident

MOST_SHOWN = 1_000
"""The most statements of a notice that are shown to a provider; far below what a notice can carry."""


def provider_notice(
    incident: StoredIncident, directory: Directory, word: ProviderWord, *, key: str, at: datetime
) -> Notice:
    """The notice of a word to a provider; the same key gives the same notice."""
    context = frame(incident, directory, at, provider_word=word)
    return own_notice(incident, NoticeKind.PROVIDER, context, key=f"{key}/{word.provider}")


def restricted_by(notice: Notice, provider: str, *codes: HandlingCode) -> tuple[Portion, ...]:
    """The statements of a notice on which a provider has set one of these codes."""
    found = (
        portion
        for portion in notice.portions
        if portion.section not in STRUCTURAL
        and portion.personal_data is not PersonalData.LEFT_OUT
        and any(item.provider == provider and item.code in codes for item in portion.marking.handling)
    )
    return tuple(found)[:MOST_SHOWN]


async def keep(
    tx: AsyncConnection, made: Collection[Notice], directory: Directory, *, readers: Collection[str], by: str
) -> None:
    """Keep these notices, released, for these readers: one each, in the same order."""
    for notice, reader in zip(made, readers, strict=True):
        at = notice.issued_at
        await notices.save(tx, notice, audience=[reader], directory_version=directory.version, at=at)
        await notices.release(tx, notice.id, at=at, by=by, restrictions_read=notice.restrictions_read)
