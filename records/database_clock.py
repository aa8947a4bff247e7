"""The time that the database has: another machine's, where the records are kept on another machine."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from records.statements import POSTGRESQL


async def database_time(c: AsyncConnection) -> datetime | None:
    """The database's time now, aware; None where it is a file and has no clock of its own."""
    if c.dialect.name != POSTGRESQL:
        return None
    at: datetime = (await c.execute(select(func.clock_timestamp()))).scalar_one()
    return at
