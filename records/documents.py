"""Documents: bytes under the name of their content. Histories and journals carry the name."""

import hashlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from leerp.errors import BadInputError
from records.schema import documents
from records.statements import chunks, insert_once

_AMONG = documents.c.sha256.in_(bindparam("names", expanding=True))
_PRESENT = select(documents.c.sha256).where(_AMONG)
_CONTENT = select(documents.c.sha256, documents.c.content).where(_AMONG)


class Document(NamedTuple):
    """What is put in. `marking` is the banner of the whole."""

    content: bytes
    media_type: str
    marking: str


async def put(tx: AsyncConnection, content: bytes, *, media_type: str, marking: str) -> str:
    """Keep the bytes; return their SHA-256 in lower-case hex. The same bytes again change nothing."""
    return (await put_all(tx, [Document(content, media_type, marking)]))[0]


async def put_all(tx: AsyncConnection, wanted: Iterable[Document]) -> list[str]:
    """Keep many; return their SHA-256 in the same order."""
    documents_wanted = list(wanted)
    names = {content: hashlib.sha256(content).hexdigest() for content in {one.content for one in documents_wanted}}
    named = [(names[document.content], document) for document in documents_wanted]
    first = dict(reversed(named))
    new = first.keys() - await _present(tx, sorted(first))
    await insert_once(tx, documents, [{"sha256": sha256, **first[sha256]._asdict()} for sha256 in sorted(new)])
    return [sha256 for sha256, _ in named]


async def _present(tx: AsyncConnection, names: list[str]) -> set[str]:
    """Which are there already: most files of a notice are the same for many readers, and need not travel again."""
    found: set[str] = set()
    for some in chunks(names):
        found.update(await tx.scalars(_PRESENT, {"names": some}))
    return found


async def get(c: AsyncConnection, sha256: str) -> bytes:
    """The bytes; raises BadInputError when there is no such document."""
    return (await get_all(c, [sha256]))[sha256]


async def find(c: AsyncConnection, sha256: str) -> bytes | None:
    """The bytes, or None when there is no such document."""
    return await c.scalar(select(documents.c.content).where(documents.c.sha256 == sha256))


async def get_all(c: AsyncConnection, names: Collection[str]) -> dict[str, bytes]:
    """The bytes of many by their SHA-256; raises BadInputError when one is not there."""
    found: dict[str, bytes] = {}
    for some in chunks(sorted(names)):
        found.update({row.sha256: row.content for row in await c.execute(_CONTENT, {"names": some})})
    missing = next((name for name in names if name not in found), None)
    if missing is not None:
        raise BadInputError(f"there is no document {missing} in the records; check its name")
    return found
