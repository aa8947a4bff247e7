"""What people do beside the acts on a running incident: words on hits, answers to calls, what was decided in a room."""

from dataclasses import dataclass, replace
from datetime import datetime

from activities.command_posts import Pinning
from activities.hits import HitActs
from activities.meetings import MeetingAnswers
from activities.rooms import Rooms
from exercises.centre_deeds import HitDeed, RoomPinDeed
from exercises.made import Made
from exercises.plan_deeds import MeetingAnswerDeed
from leerp.command_posts import Pinned
from leerp.errors import RefusedError
from leerp.protocol import Actor, RefusalReason

OtherDeed = HitDeed | MeetingAnswerDeed | RoomPinDeed


@dataclass(frozen=True)
class OtherActs:
    """Does them at a time of the scenario."""

    rooms: Rooms
    made: Made

    async def do(self, deed: OtherDeed, reference: str, *, actor: Actor, act: str, reason: str, at: datetime) -> str:
        """Do it; a sentence on what came of it. Raises RefusedError where the centre says no."""
        rooms = replace(self.rooms, wall_clock=lambda: at)
        match deed:
            case HitDeed():
                return await self._say(rooms, deed, reference, actor, reason)
            case MeetingAnswerDeed():
                meeting = (await self.made.by(deed.call, "call"))["meeting"]
                answers = MeetingAnswers(rooms)
                await answers.by_officer(
                    reference, meeting, reader=deed.reader, answer=deed.answer, via=deed.via, actor=actor
                )
                return f"{deed.reader} has {deed.answer.value} {meeting}."
            case RoomPinDeed():
                room = (await self.made.by(deed.room, "room"))["room"]
                pinned = Pinned(text=deed.text, decided_by=deed.decided_by, decided_at=at, marking=deed.marking)
                entry = await Pinning(rooms).pin(reference, room, pinned, actor=actor, act=act)
                return f"Pinned in {room} (journal entry {entry.seq})."

    async def _say(self, rooms: Rooms, deed: HitDeed, reference: str, actor: Actor, reason: str) -> str:
        acts = HitActs(rooms)
        found = [one for one in await acts.listing(reference) if set(one.owners) == {deed.owner, deed.other}]
        if not found:
            sentence = f"There is no hit of {deed.owner} and {deed.other}."
            raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
        hit = max(found, key=lambda one: one.at).hit
        await acts.say(reference, hit, owner=deed.owner, given=deed.given, via=deed.via, actor=actor, reason=reason)
        return f"{deed.owner} {'permits' if deed.given else 'does not permit'} {hit}."
