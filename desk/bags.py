"""Bags of evidence on a disk: written so that none is ever there in part."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from activities.evidence_export import Prepared
from leerp.errors import BadInputError
from notifications.evidence.bag import ORIGINALS, files_of, info_of
from notifications.evidence.bagit import Sums, plain_path, sums_of, tag_files

_PRIVATE = 0o700
_PARTIAL = ".partial-"


async def write_bag(prepared: Prepared, out: Path) -> dict[str, Sums]:
    """Write a bag as the folder `out`, which must not be there yet; the payload with its sums.

    It is made in a folder beside it, flushed to the disk, and gets its name last. What an export that was killed has
    left is removed. Raises BadInputError where something is in the way, or an original is not what came in.
    """
    with _beside(out) as folder:
        payload = await _originals(prepared, folder)
        sizes = {path.removeprefix(ORIGINALS): sums.size for path, sums in payload.items()}
        contents = replace(prepared.contents, sizes=sizes)
        for path, content in files_of(contents).items():
            _write(folder, path, content)
            payload[path] = sums_of(content)
        for path, content in tag_files(payload, info_of(contents)).items():
            _write(folder, path, content)
        _flush_folders(folder)
        _name(folder, out)
    return payload


def need_free(out: Path) -> None:
    """Raise BadInputError if there is something under that name."""
    if out.exists() or out.is_symlink():
        raise BadInputError(f"{out}: is there already; name a folder that is not")


async def _originals(prepared: Prepared, folder: Path) -> dict[str, Sums]:
    """The originals, one in memory at a time."""
    payload = {}
    for item in prepared.items:
        content = await prepared.original(item)
        path, sums = f"{ORIGINALS}{item.id}", sums_of(content)
        if sums.sha256 != item.sha256:
            raise BadInputError(
                f"{item.id}: the stored bytes are not those that came in; `leerp evidence check` records it"
            )
        _write(folder, path, content)
        payload[path] = sums
    return payload


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A new folder beside `out`, locked while this process lives, and gone at the end unless it got its name."""
    need_free(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        folder = out.parent / f".{out.name}{_PARTIAL}{secrets.token_hex(8)}"
        folder.mkdir(mode=_PRIVATE)
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
    except OSError as error:
        raise BadInputError(f"{out}: cannot be written ({error.strerror}); nothing is there") from error


def _sweep(out: Path) -> None:
    """Remove what an export to the same place has left that did not live to its end: it may be classified."""
    for left in out.parent.glob(f".{out.name}{_PARTIAL}*"):
        with contextlib.suppress(BlockingIOError, FileNotFoundError, NotADirectoryError):
            lock = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def _write(folder: Path, path: str, content: bytes) -> None:
    if not plain_path(path):
        raise BadInputError(f"{path!r} is no name for a file in a bag")
    *parents, name = path.split("/")
    for parent in parents:
        folder /= parent
        folder.mkdir(mode=_PRIVATE, exist_ok=True)  # `parents=True` would leave those above open to others
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - never open to others, not even for a moment
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folders(folder: Path) -> None:
    for parent, _, _ in os.walk(folder):
        _flush(Path(parent))


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name(folder: Path, out: Path) -> None:
    """Give the finished folder its name. Renaming onto an empty folder works; onto anything else it does not."""
    try:
        folder.rename(out)
    except OSError as error:
        raise BadInputError(f"{out}: is there already; name a folder that is not") from error
    _flush(out.parent)
