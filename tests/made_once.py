"""What most tests need, which is always the same, and takes longer than what they test: empty records, read tables.

Installed once for each process of tests. Empty SQLite records are made by the migrations, once, and copied where new
ones are wanted; a YAML text is read once, and each reader is given a copy of what it says. Processes that tests start
do everything themselves.
"""

import asyncio
import pickle
import shutil
import tempfile
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from leerp.formats import strict
from leerp.formats.plain_yaml import plain_yaml
from records import files
from records.store import Store, sqlite_url

_prepare = files.prepare
_lock = threading.Lock()
_empty: list[Path] = []


def install() -> None:
    """From now on, in this process."""
    for_good = pytest.MonkeyPatch()
    for_good.setattr(files, "prepare", _prepare_copied)
    for_good.setattr(strict, "plain_yaml", _read_once)


def _prepare_copied(path: Path, *, create: bool) -> None:
    if create and path.parent.is_dir() and not path.exists():
        shutil.copyfile(_empty_records(), path)
        path.chmod(0o600)
    _prepare(path, create=create)


def _empty_records() -> Path:
    """Records that have just been made. They are made in a thread of its own, for this one may have a loop."""
    with _lock:
        if not _empty:
            path = Path(tempfile.mkdtemp(prefix="leerp-empty-")) / "records.db"
            making = threading.Thread(target=asyncio.run, args=(_make(path),))
            making.start()
            making.join()
            _empty.append(path)
    return _empty[0]


async def _make(path: Path) -> None:
    being_made = path.with_name("being-made.db")
    _prepare(being_made, create=True)
    await (await Store.open(await sqlite_url(being_made))).close()
    being_made.rename(path)


def _read_once(text: str) -> Any:
    return pickle.loads(_read(text))  # noqa: S301 - what this process has written


@lru_cache(maxsize=64)
def _read(text: str) -> bytes:
    return pickle.dumps(plain_yaml(text))
