"""What the journal tells of a report beside its receipt, and goes with it: personal data, hits, words of their owners.

It stays where it was written, and is told again where the report goes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.investigation import hit_drafts, hit_ids
from activities.messages import Fact
from leerp.hits import HitWord, Meeting
from leerp.journal import PROTOCOL, JournalKind
from leerp.moving import Move
from leerp.private_data import PrivateData
from records import hit_words, journal, moving, pool, private_data
from records.reports import StoredReport


class Belongings(NamedTuple):
    """Personal data of private parties in reports, the hits they stand in by their ids, and what was said of these."""

    private: Sequence[PrivateData]
    met: dict[str, Meeting]
    words: Sequence[HitWord]


async def gather(tx: AsyncConnection, source: str, leaving: Sequence[StoredReport]) -> Belongings:
    """What belongs to reports that are about to leave an incident."""
    items = {one.id for one in leaving}
    met = [one for one in await pool.meetings(tx, source) if items & {one.first, one.second}]
    ids = await hit_ids(tx, met)
    by_id = {ids[one.first, one.second]: one for one in met}
    words = [one for one in await hit_words.of_incident(tx, source) if one.hit in by_id]
    routed = await private_data.of_incident(tx, source)
    going = await moving.with_repeats(tx, items) if routed else items
    private = [one for one in routed if one.item in going]
    return Belongings(private, by_id, words)


async def follow(tx: AsyncConnection, request: Fact, move: Move, belongings: Belongings) -> None:
    """Tell it in the journal of the incident that the reports come to. Nobody is told of a hit a second time."""
    drafts = [
        journal.Draft(
            JournalKind.DETECTION_PRIVATE_DATA_ROUTED,
            one.model_dump(mode="json", exclude={"incident"}, exclude_defaults=True),
            f"private-data/{one.item}/{move.id}",
        )
        for one in belongings.private
    ]
    for hit, meeting in belongings.met.items():
        drafts += hit_drafts(meeting, hit)
    await journal.append_all(tx, drafts, incident=move.target, at=request.at, actor=PROTOCOL)
    for word in belongings.words:
        kind = JournalKind.INVESTIGATION_HIT_PERMITTED if word.given else JournalKind.INVESTIGATION_HIT_REFUSED
        data: dict[str, JsonValue] = {"hit": word.hit, "owner": word.owner, "via": word.via}
        data |= {"other": belongings.met[word.hit].other_than(word.owner), "reason": f"said in {move.source}"}
        key = f"hit/word/{word.hit}/{word.owner}/{move.id}"
        await journal.append(tx, incident=move.target, at=request.at, actor=word.actor, kind=kind, data=data, key=key)
