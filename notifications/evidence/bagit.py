"""BagIt (RFC 8493), as much of it as a bag of evidence needs: manifests with SHA-256 and SHA-512, and tag manifests.

Names in a bag are plain by construction, so nothing is percent-encoded, and a manifest that names anything else is
refused. One order, one spelling, one line end: the same files give the same bytes.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO, NamedTuple

from leerp.errors import BadInputError

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
DIGITS = {"sha256": 64, "sha512": 128}
MANIFESTS = tuple(f"manifest-{algorithm}.txt" for algorithm in DIGITS)
TAG_MANIFESTS = tuple(f"tagmanifest-{algorithm}.txt" for algorithm in DIGITS)
TAGGED = ("bag-info.txt", "bagit.txt", *MANIFESTS)
"""The files that the tag manifests are about."""

MAX_MANIFEST_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class BagFaultError(BadInputError):
    """What is wrong with a bag, and in which of its `file`s, by its path from the bag's own folder."""

    code = "bag_fault"

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"{file}: {what}")
        self.file = file


class Sums(NamedTuple):
    """Both digests of a file, in lower-case hex, and its size in bytes."""

    sha256: str
    sha512: str
    size: int


def sums_of(content: bytes) -> Sums:
    """The sums of some bytes."""
    return Sums(hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest(), len(content))


def sums_of_file(file: BinaryIO) -> Sums:
    """The sums of an open file, read in pieces."""
    first, second, size = hashlib.sha256(), hashlib.sha512(), 0
    while piece := file.read(_CHUNK):
        first.update(piece)
        second.update(piece)
        size += len(piece)
    return Sums(first.hexdigest(), second.hexdigest(), size)


def plain_path(path: str) -> bool:
    """Whether a path may stand in a bag: plain names, none of them hidden, and no way out of the bag."""
    return _PATH.fullmatch(path) is not None and ".." not in path


def tag_files(payload: Mapping[str, Sums], info: Iterable[tuple[str, str]]) -> dict[str, bytes]:
    """Every file beside the payload: declaration, bag-info with these fields and the Payload-Oxum, all manifests."""
    files = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": bag_info([*info, ("Payload-Oxum", oxum(payload.values()))]),
        **{name: manifest(payload, name) for name in MANIFESTS},
    }
    tags = {name: sums_of(content) for name, content in files.items()}
    return files | {name: manifest(tags, name) for name in TAG_MANIFESTS}


def oxum(sums: Iterable[Sums]) -> str:
    """The size and number of payload files (RFC 8493 §2.2.2)."""
    sizes = [one.size for one in sums]
    return f"{sum(sizes)}.{len(sizes)}"


def bag_info(fields: Iterable[tuple[str, str]]) -> bytes:
    """`bag-info.txt`; a value is one line, whatever was in it."""
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields).encode()


def manifest(files: Mapping[str, Sums], name: str) -> bytes:
    """A manifest of these files, in the order of their paths; its name says by which algorithm."""
    algorithm = _algorithm(name)
    return "".join(f"{getattr(files[path], algorithm)}  {path}\n" for path in sorted(files)).encode()


def read_manifest(content: bytes, *, name: str) -> dict[str, str]:
    """The digest of each path in a manifest; raises BagFaultError with the line where it is not as it was written."""
    digits = DIGITS[_algorithm(name)]
    line_pattern = re.compile(rf"([0-9a-f]{{{digits}}})  (\S+)\n")
    found: dict[str, str] = {}
    before = ""
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(keepends=True), start=1):
        parts = line_pattern.fullmatch(line)
        if parts is None or not plain_path(parts[2]):
            raise BagFaultError(name, f"line {number} is no digest with a plain path")
        if parts[2] <= before:
            raise BagFaultError(name, f"line {number} is out of order, or stands twice")
        found[parts[2]], before = parts[1], parts[2]
    return found


def _algorithm(name: str) -> str:
    return name.removesuffix(".txt").rpartition("-")[2]
