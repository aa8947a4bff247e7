"""Rooms on paper: what an exercise has instead of every real one. They reach nobody."""

from collections.abc import Sequence

from leerp.command_posts import Place
from leerp.marking import Level


class PaperRooms:
    """Rooms that exist in the records alone. `maximum`: of the service it stands for."""

    place = Place.PAPER

    def __init__(self, maximum: Level) -> None:
        self._maximum = maximum

    @property
    def maximum(self) -> Level:
        """The highest level that the service it stands for is accredited for."""
        return self._maximum

    async def open(self, key: str, *, topic: str, greeting: str) -> str:  # noqa: ARG002 - nobody reads them
        """A name for it."""
        return f"exercise:{key}"

    async def invite(self, address: str, users: Sequence[str]) -> None:
        """Nobody hears of it."""

    async def archive(self, address: str) -> None:
        """There is nothing to close."""
