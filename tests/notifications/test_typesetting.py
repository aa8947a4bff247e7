"""Typesetters beside this process: what one cannot set, dies over or takes too long for harms nothing else."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leerp.errors import BadInputError, ServiceMissingError
from notifications import typesetter, typesetting
from notifications.typesetting import Document, Typesetters

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
ROOT = str(Path(__file__).parents[2])
ENDLESS = b"#for a in range(9000) { for b in range(9000) { for c in range(9000) { } } }"


def document(text: str = "A notice.", *, source: bytes = b"") -> Document:
    """One that says this, or what this source says."""
    shown = b'#set document(title: "x")\n#set text(lang: "en")\n#json(bytes(sys.inputs.said))\n'
    return Document(source or shown, {"said": f'"{text}"'}, AT, "it cannot be set")


@pytest.fixture
def typesetters() -> Iterator[Typesetters]:
    """Of a test's own: two processes at most."""
    found = Typesetters(2)
    yield found
    found.close()


def waiting(typesetters: Typesetters) -> list[int]:
    """The ids of the processes that wait for a question."""
    return [one.pid for one in typesetters._idle]


def ended(pid: int) -> bool:
    """Whether a process ends, waited for as long as anybody would."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        return bool(poll.poll(30_000))
    finally:
        os.close(watched)


def test_many_begun_together_are_as_one_after_another(typesetters: Typesetters) -> None:
    """Whoever sets it, and whatever is set beside it, a document is the same bytes; no more than two set them."""
    texts = [f"Notice {number}." for number in range(12)]
    alone = [typesetters.begin(document(text)).result() for text in texts]
    assert len(waiting(typesetters)) == 1
    together = [typesetters.begin(document(text)) for text in texts]
    assert [one.result() for one in together] == alone
    assert len(set(alone)) == len(texts)
    assert len(waiting(typesetters)) <= 2


def test_those_that_were_prepared_are_the_ones_that_set(typesetters: Typesetters) -> None:
    """They start before anybody asks, as many as there may be, and once."""
    typesetters.prepare()
    typesetters.prepare()
    typesetters._askers.shutdown()  # after what it does
    assert len(waiting(typesetters)) == 2
    later = Typesetters(2)
    later.begin(document()).result()
    before = waiting(later)
    later.prepare()
    later.begin(document("Another notice.")).result()
    assert waiting(later) == before
    later.close()


def test_one_that_died_is_replaced_and_nobody_notices(typesetters: Typesetters) -> None:
    """What the killed one was to set is set by another, to the same bytes."""
    expected = typesetters.begin(document()).result()
    (pid,) = waiting(typesetters)
    os.kill(pid, signal.SIGKILL)
    assert typesetters.begin(document()).result() == expected
    assert waiting(typesetters) != [pid]


def test_what_cannot_be_set_is_refused_and_the_next_is_set(typesetters: Typesetters) -> None:
    """A refusal says the sentence of whoever asked and nothing of the document, and the process goes on."""
    with pytest.raises(BadInputError) as refused:
        typesetters.begin(document(source=b'#panic("secret")')).result()
    assert refused.value.sentence == "it cannot be set"
    before = waiting(typesetters)
    assert typesetters.begin(document()).result().startswith(b"%PDF")
    assert waiting(typesetters) == before


def test_one_that_takes_too_long_is_ended_and_refused(typesetters: Typesetters) -> None:
    """It is not tried again, it leaves no process behind, and what comes after it is set."""
    expected = typesetters.begin(document()).result()
    (pid,) = waiting(typesetters)
    typesetters._seconds = 0.2
    with pytest.raises(BadInputError, match="it cannot be set"):
        typesetters.begin(document(source=ENDLESS)).result()
    assert ended(pid)
    assert waiting(typesetters) == []
    typesetters._seconds = typesetting.LONGEST_SECONDS
    assert typesetters.begin(document()).result() == expected


def test_over_what_every_one_dies_that_is_refused(
    typesetters: Typesetters, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A fresh one is asked once, and what comes after is set by another."""
    deaths = tmp_path / "deaths"
    program = tmp_path / "dying.py"
    program.write_text(
        f"import sys\nsys.stdout.buffer.write(bytes(8))\nsys.stdout.flush()\nsys.stdin.buffer.read(8)\n"
        f"open({str(deaths)!r}, 'a').write('x')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(typesetter, "__file__", str(program))
    with pytest.raises(BadInputError, match="it cannot be set"):
        typesetters.begin(document()).result()
    assert deaths.read_text(encoding="utf-8") == "x"
    monkeypatch.undo()
    assert typesetters.begin(document()).result().startswith(b"%PDF")


def test_one_that_does_not_start_is_a_missing_service(
    typesetters: Typesetters, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then the document is not to blame, and it can be tried again."""
    monkeypatch.setattr(typesetter, "__file__", str(tmp_path / "nothing.py"))
    with pytest.raises(ServiceMissingError, match="does not start"):
        typesetters.begin(document()).result()


def test_one_makes_room_for_another_after_many(typesetters: Typesetters, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would grow with every document."""
    monkeypatch.setattr(typesetting, "MOST_DOCUMENTS", 3)
    seen = []
    for _ in range(7):
        typesetters.begin(document()).result()
        seen.append(waiting(typesetters))
    assert [len(one) for one in seen] == [1, 1, 0, 1, 1, 0, 1]
    assert len({pid for one in seen for pid in one}) == 3


def test_one_is_told_nothing_of_where_it_runs(typesetters: Typesetters, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting reaches it, for a setting may be a secret; and it has read no module of leerp."""
    monkeypatch.setenv("LEERP_TEMPORAL_API_KEY", "secret")
    typesetters.begin(document()).result()
    (pid,) = waiting(typesetters)
    assert Path(f"/proc/{pid}/environ").read_bytes() == b""
    source = Path(typesetter.__file__).read_text(encoding="utf-8")
    assert not [line for line in source.splitlines() if line.lstrip().startswith(("import leerp", "from leerp"))]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_they_end_with_the_process_that_asked(how: signal.Signals) -> None:
    """Even when that is killed and can say goodbye to nobody."""
    program = (
        "from tests.notifications.test_typesetting import document, typesetting\n"
        "typesetting.begin(document()).result()\n"
        "print(typesetting._typesetters()._idle[0].pid, flush=True)\n"
        "import signal; signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        pid = int(asking.stdout.readline())
        asking.send_signal(how)
        assert ended(pid)


def test_one_that_nobody_waits_for_any_more_ends_by_itself() -> None:
    """Whoever asked may have been killed over a document that would take for ever."""
    process = typesetting.Process()
    try:
        typesetter.write_frame(process._questions, typesetting._question(document(source=ENDLESS), seconds=0.1))
        assert ended(process.pid)
    finally:
        process.kill()


def test_they_can_be_ended_and_others_begin() -> None:
    """Whoever ends them need not know whether there are any."""
    typesetting.end()
    typesetting.end()
    begun: list[Future[bytes]] = [typesetting.begin(document()) for _ in range(2)]
    first, second = (one.result() for one in begun)
    assert first == second
    pids = waiting(typesetting._typesetters())
    typesetting.end()
    assert all(ended(pid) for pid in pids)
