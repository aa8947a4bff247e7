"""The grown-up form: the same incident with its records in PostgreSQL."""

from leerp.journal import verify
from leerp.notices import NoticeKind
from tests.conftest import OpenDrill
from tests.drill import Drill
from tests.postgresql import Postgres


async def whole(drill: Drill) -> None:
    """From the first report to the closure."""
    await drill.classified()
    await drill.launched()
    await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
    await drill.release(NoticeKind.EARLY_WARNING)
    await drill.planned()
    await drill.investigated()
    await drill.settled()
    await drill.closed()


async def test_a_whole_incident_with_postgresql(open_drill: OpenDrill, postgres: Postgres) -> None:
    """Two contributions hit, the journal verifies, and closure reaches who was told of the launch."""
    name = postgres.create(template="migrated")
    async with open_drill(postgres.url(name)) as drill:
        await whole(drill)
        kinds = await drill.kinds()
        launch = await drill.readers(NoticeKind.LAUNCH_INTERNAL, NoticeKind.LAUNCH_EXTERNAL)
        assert kinds["investigation.hit.found"] >= 1
        assert verify(await drill.lines()) == sum(kinds.values())
        assert await drill.readers(NoticeKind.CLOSURE) == launch
    postgres.drop(name)
