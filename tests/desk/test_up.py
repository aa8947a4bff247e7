"""`leerp up`: everything starts with one command, stops with Ctrl-C, and carries on with the next start."""

from pathlib import Path

import httpx

from matrices.tables import content_of
from tests.drill import report_file
from tests.servers import Leerp


def running(leerp: Leerp) -> list[str]:
    """The child processes that are alive."""
    alive = []
    for name in ("engine", "worker", "desk"):
        pid = (leerp.home / "run" / f"{name}.pid").read_text().strip()
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z":
            alive.append(name)
    return alive


def test_up_says_where_stops_whole_and_carries_on(tmp_path: Path) -> None:
    """Address, one-time link and next command are printed; Ctrl-C leaves nothing running; the case is still there."""
    leerp = Leerp(tmp_path / "home")
    leerp.start()
    said = "\n".join(leerp.said)
    address = f"http://127.0.0.1:{leerp.port}"
    assert address in said
    assert "leerp report" in said
    link = next(word for word in said.split() if "/sign-in/" in word)
    report = tmp_path / "report.json"
    report.write_bytes(report_file(1))
    taken = leerp.json("report", str(report))[0]
    with httpx.Client() as browser:
        assert browser.get(link).status_code == 200
        assert browser.post(link, follow_redirects=True).status_code == 200
        assert taken["incident"] in browser.get(address).text
    second = leerp.run("up")
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert "already runs" in second.stderr
    assert leerp.json("doctor")[0]["state"] == "ok"
    assert leerp.stop() < 5  # what is promised to whoever presses Ctrl-C
    assert running(leerp) == []
    leerp.start()
    try:
        assert running(leerp) == ["engine", "worker", "desk"]
        again = leerp.json("report", str(report))[0]
        assert (again["outcome"], again["incident"]) == ("duplicate", taken["incident"])
        proposed = leerp.json("decide", taken["incident"], "watch", "--reason", "not yet enough")
        assert proposed["incident"] == taken["incident"]
    finally:
        leerp.stop()


def test_an_act_without_an_engine_is_a_missing_service_and_a_report_is_still_kept(tmp_path: Path) -> None:
    """With nothing running a report is stored and answered; an act says what is missing, with exit code 3."""
    leerp = Leerp(tmp_path / "home")
    leerp.start()
    leerp.stop()
    report = tmp_path / "report.json"
    report.write_bytes(report_file(1))
    taken = leerp.json("report", str(report))[0]
    refused = leerp.run("decide", taken["incident"], "launch", "--reason", "urgent")
    assert taken["outcome"] == "created"
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
    leerp.start()
    try:
        proposed = leerp.json("decide", taken["incident"], "launch", "--reason", "urgent")
        assert proposed["pending_approval"] is True
    finally:
        leerp.stop()


def test_what_cannot_start_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """A broken directory or table and a port in use: exit code 2, the place of the fault, and nothing left running."""
    leerp = Leerp(tmp_path / "home")
    leerp.start()
    taken = Leerp(tmp_path / "other")
    port = taken.run("up", "--port", str(leerp.port))
    leerp.stop()
    tables = leerp.home / "config" / "tables"
    tables.mkdir()
    ours = content_of("leerp-1").decode().replace("table: leerp-1", "table: ours")
    (tables / "ours.yaml").write_text(ours.replace("victims: {at_least: 10}", 'victims: {at_least: "10"}', 1))
    table = leerp.run("up", "--port", str(leerp.port))
    assert (table.returncode, table.stderr.count("\n")) == (2, 1)
    assert "ours.yaml, line " in table.stderr
    assert "key rows.2.when.victims.at_least: Input should be a valid integer" in table.stderr
    (tables / "ours.yaml").unlink()
    (leerp.home / "config" / "directory.yaml").write_text("version: '1'\ncolour: red\n")
    broken = leerp.run("up", "--port", str(leerp.port))
    assert (port.returncode, broken.returncode) == (2, 2)
    assert f"127.0.0.1:{leerp.port}" in port.stderr
    assert "line 2, key colour" in broken.stderr
    assert (port.stderr.count("\n"), broken.stderr.count("\n")) == (1, 1)
    assert running(leerp) == []
