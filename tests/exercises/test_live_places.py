"""Files of a live run: whoever reads one sees it whole, however many write it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from exercises.live_places import write_whole


def test_several_threads_may_write_one_file(tmp_path: Path) -> None:
    """A director gives its signs of life from two threads; neither takes the other's file away."""
    path = tmp_path / "alive"
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda at: write_whole(path, str(at), durable=False), range(2_000)))
    assert len(done) == 2_000
    assert path.read_text(encoding="utf-8").isdigit()
    assert [one.name for one in tmp_path.iterdir()] == ["alive"]
