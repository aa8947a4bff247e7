"""The directory of a running process: read when its file changes, and not before."""

import os
from pathlib import Path

from desk.assembly import DirectoryFile
from notifications.configuration import lay_out_example


def test_an_unchanged_file_is_read_once(tmp_path: Path) -> None:
    """To read ten thousand entries takes seconds."""
    lay_out_example(tmp_path)
    directory = DirectoryFile(tmp_path / "directory.yaml")
    assert directory() is directory()


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """Written over, or another file put in its place that is as long and as old, as a restored copy may be."""
    lay_out_example(tmp_path)
    path = tmp_path / "directory.yaml"
    directory = DirectoryFile(path)
    first = directory()
    content, stat = path.read_text(), path.stat()
    changed = content.replace(f"version: {first.version}", f"version: {first.version[::-1]}", 1)
    assert (len(changed), changed == content) == (len(content), False)
    other = tmp_path / "other"
    other.write_text(changed)
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(path)
    assert directory().version == first.version[::-1]
    path.write_text(content + "\n")
    assert directory().version == first.version
