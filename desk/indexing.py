"""The index of the search, at the start of a process: what was stored before there was one is put in meanwhile."""

import structlog

from leerp.errors import ServiceMissingError
from records.search_rebuild import fill
from records.store import Store

log = structlog.get_logger()


async def fill_index(store: Store) -> None:
    """Put in what is missing, in small batches. Where the records do not answer, the next start goes on."""
    try:
        done = await fill(store)
    except ServiceMissingError as error:
        log.warning("search_filling_broken_off", sentence=error.sentence)
        return
    if done:
        log.info("search_filled", done=done)
