"""A directory as large as it may become is read in the memory of an ordinary machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from leerp.errors import BadInputError
from notifications.configuration import load_directory

READERS = 10_000
LIMIT_MB = 130
"""The measured peak is 72 MB, half of it the interpreter and its modules; with all lines kept it is 204 MB."""

HEAD = """\
version: "2026-11-22"
centre:
  id: ec3
  name: European Cybercrime Centre
  group: ec3
  contacts:
    - {channel: outbox, address: ec3}
stakeholders:
"""

ENTRY = """\
  - id: reader-{number}
    name: Duty desk {number}
    group: csirt_network
    country: NO
    clearance: RESTREINT
    contacts:
      - channel: mail
        address: desk-{number}@readers.example
"""

READING = """
import sys
from pathlib import Path
from notifications.configuration import load_directory
directory = load_directory(Path(sys.argv[1]))
status = Path("/proc/self/status").read_text().splitlines()
peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
print(len(directory.stakeholders), directory.stakeholders[-1].country, int(peak) // 1024)
"""


def written(folder: Path, *, readers: int, last: str = "") -> Path:
    """A directory with so many readers. `last`: lines below the last entry."""
    path = folder / "directory.yaml"
    entries = (ENTRY.format(number=number) for number in range(readers))
    path.write_text(HEAD + "".join(entries) + last)
    return path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is asked of Linux")
def test_ten_thousand_readers_are_read_in_little_memory(tmp_path: Path) -> None:
    """The most that a process of its own has had in memory while it read them; and NO is still Norway."""
    path = written(tmp_path, readers=READERS)
    done = subprocess.run((sys.executable, "-c", READING, path), check=True, capture_output=True, text=True)
    count, country, peak_mb = done.stdout.split()
    assert (int(count), country) == (READERS, "NO")
    assert int(peak_mb) < LIMIT_MB


def test_a_fault_in_a_large_directory_is_named_by_its_line(tmp_path: Path) -> None:
    """In the last of two hundred entries, each of eight lines, below the eight lines of the head."""
    path = written(tmp_path, readers=200, last="    color: red\n")
    with pytest.raises(BadInputError) as caught:
        load_directory(path)
    assert caught.value.sentence.startswith(f"{path}, line {8 + 8 * 200 + 1}, key stakeholders.199.color: ")
