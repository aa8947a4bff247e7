"""Which form a file has, and what is refused before any reader sees it."""

import gzip
import io
import json
import time
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from leerp.errors import BadInputError
from leerp.formats.reading import detect
from leerp.reports import MAX_REPORT_BYTES, ReportFormat
from tests.formats.examples import NOW, attribute, mail, misp, own, refusal, report, sco, sdo, stix, tags


def as_json(value: object) -> bytes:
    """A value as a file."""
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (as_json(misp()), "a", ReportFormat.MISP),
        (b"\xef\xbb\xbf \n" + as_json(misp()), "a", ReportFormat.MISP),
        (as_json(misp()["Event"]), "a.txt.json", ReportFormat.MISP),
        (as_json([misp()]), "a", ReportFormat.MISP),
        (as_json(stix(sco("url", value="x"))), "a", ReportFormat.STIX),
        (as_json([sco("url", value="x")]), "a", ReportFormat.STIX),
        (as_json(sco("url", value="x")), "a", ReportFormat.STIX),
        (as_json(own()), "a", ReportFormat.JSON),
        (mail(body="x"), "a", ReportFormat.EML),
        (b"anything", "a.eml", ReportFormat.EML),
        (b"[ALERT] the port is down", "a", ReportFormat.TEXT),
        (b"{as seen} in the logs", "a", ReportFormat.TEXT),
        (b'{"a": 1}', "a.txt", ReportFormat.TEXT),
        (b"Note: one\nnothing else", "a", ReportFormat.TEXT),
    ],
)
def test_the_form_of_a_file_is_found_out(content: bytes, name: str, expected: ReportFormat) -> None:
    """By its content first, and by its name where that leaves a choice."""
    assert detect(content, name) == expected


def a_zip() -> bytes:
    """A ZIP archive with a report in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("report.json", as_json(own()))
    return buffer.getvalue()


INSTEAD = "hand in the report itself as JSON, mail or plain text"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "report.json: empty; was the file saved completely?"),
        (b" \r\n\t", "report.json: empty; was the file saved completely?"),
        (a_zip(), f"report.json: a ZIP archive or an office document; {INSTEAD}"),
        (gzip.compress(b"{}", mtime=0), f"report.json: a gzip archive; {INSTEAD}"),
        (b"%PDF-1.7\n", f"report.json: a PDF document; {INSTEAD}"),
        (b"\x89PNG\r\n\x1a\n", f"report.json: a picture; {INSTEAD}"),
        (b"\x7fELF\x02", f"report.json: a program; {INSTEAD}"),
        (b"caf\xe9", "report.json: not UTF-8 text (byte 3); save it as UTF-8 and try again"),
        ("Störung".encode("utf-16"), "report.json: not UTF-8 text (byte 0); save it as UTF-8 and try again"),
        (b"MZ\x00\x03", "report.json: holds a NUL character; this is not a text file"),
        (b"<?xml version='1.0'?><x/>", "report.json: XML, which is not read; export it as STIX 2.1 or MISP JSON"),
        (
            b'{"a": 1}',
            "report.json: JSON, but neither a MISP event nor a STIX 2.1 bundle nor a report in leerp's own form",
        ),
        (b"7", "report.json: JSON, but neither a MISP event nor a STIX 2.1 bundle nor a report in leerp's own form"),
        (b"[]", "report.json: JSON, but neither a MISP event nor a STIX 2.1 bundle nor a report in leerp's own form"),
        (b'{"title": "x", "title": "y"}', "report.json: the key 'title' stands twice in one object"),
    ],
)
def test_a_file_that_is_no_report_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    """What is wrong, where, and what to do."""
    assert refusal(content) == sentence


def test_a_truncated_file_is_refused_with_the_place() -> None:
    """At any byte, as a report or as text that it then is."""
    content = json.dumps(misp(attribute("md5", "a" * 32)), indent=1).encode()
    for end in range(1, len(content), 7):
        assert refusal(content[:end]).startswith("report.json, line ")


def test_a_file_over_the_limit_is_refused_before_it_is_looked_at() -> None:
    """200 MB of anything, without a second copy."""
    begun = time.monotonic()
    sentence = refusal(bytes(200_000_000), name="big.json")
    assert sentence == "big.json: 190.7 MiB, more than 20 MiB; hand in the report without its attachments"
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "content",
    [
        b"[" * MAX_REPORT_BYTES,
        b'{"a":' * (MAX_REPORT_BYTES // 5),
        b"[" + b"[[[]]]," * 2_900_000 + b"[]]",
        b"[" + b"0," * 10_000_000 + b"0]",
        b'{"Event": ' + b"[" * 200_000 + b"}",
        b'{"Event": {"Attribute": ' + b'{"a":' * 45 + b"1" + b"}" * 45 + b"}}",
        b'{"type":"bundle","objects":[' + b"{}," * 7_000_000 + b"{}]}",
        b"1" * 1_000_000,
    ],
)
def test_nested_garbage_is_refused_quickly(content: bytes) -> None:
    """No recursion, no hang: 20 MB of brackets end in a sentence within two seconds."""
    begun = time.monotonic()
    assert refusal(content[:MAX_REPORT_BYTES]).startswith("report.json")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "content",
    [
        own(**{"\x1b[31m\n" + "x" * 1_000: 1}),
        {**own(), "source": "\x1b[2J" + "x" * 1_000},
        misp(Orgc={"name": "\x1b[2J\n" + "x" * 1_000}),
        misp(attribute("\x1b[2J" + "x" * 1_000, "x", Tag=tags("tlp:red", "tlp:green"))),
        stix(sdo("report", object_refs=["\x1b[2J" + "x" * 1_000])),
        b'{"title": 1, "\\u001b[2J": 1, "\\u001b[2J": 1}',
    ],
)
def test_what_a_file_says_cannot_command_the_terminal(content: Any) -> None:
    """A sentence is one short line of printable characters, whatever keys, names and ids a file has."""
    sentence = refusal(content, source=None)
    assert (sentence.isprintable(), len(sentence) < 600) == (True, True)
    assert not sentence.startswith("not refused")


@pytest.mark.parametrize("name", ["", "a\nb\x00c.json", "x" * 500])
def test_a_files_name_cannot_break_the_sentence(name: str) -> None:
    """Names come from outside, too."""
    sentence = refusal(b"", name=name)
    assert (len(sentence.splitlines()), len(sentence) < 200) == (1, True)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (own(source="ec3", reported_at=(NOW + timedelta(minutes=6)).isoformat()), "reported_at"),
        (own(source="ec3", observed_at="2031-01-01T00:00:00Z"), "observed_at"),
        (misp(publish_timestamp="1900000000"), "reported_at"),
        (misp(date="2026-11-24"), "observed_at"),
        (stix({**sco("url", value="x"), "modified": "2027-01-01T00:00:00Z"}), "reported_at"),
        (mail(header="Date: Fri, 22 Nov 2030 12:00:00 +0000", body="x"), "reported_at"),
    ],
)
def test_a_report_from_the_future_is_refused(content: Any, what: str) -> None:
    """The sentence names the field, its time and the time of receipt."""
    sentence = refusal(content)
    assert sentence.startswith(f"report.json: {what} 20")
    assert sentence.endswith(
        "lies in the future (received 2026-11-22T12:00:00.000000+00:00); correct the date or clock"
    )


def test_a_clock_that_is_a_little_ahead_is_forgiven() -> None:
    """Five minutes."""
    at = NOW + timedelta(minutes=5)
    assert report(own(reported_at=at.isoformat()), source=None).reported_at == at


def test_too_many_observables_are_refused() -> None:
    """20,000 is the limit of one report."""
    event = misp(*({"type": "ip-dst", "value": f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"} for i in range(20_001)))
    expected = "report.json: more than 20,000 observables; split it into several reports"
    assert refusal(event) == expected


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (ReportFormat.MISP, "report.json: no MISP event in it; leave the format out to have it found out"),
        (ReportFormat.STIX, "report.json: no STIX 2.1 bundle in it; leave the format out to have it found out"),
    ],
)
def test_a_form_that_is_asked_for_must_be_there(wanted: ReportFormat, sentence: str) -> None:
    """An own report is not read as something else."""
    assert refusal(own(), format=wanted) == sentence


def test_an_own_form_that_is_asked_for_is_checked_in_detail() -> None:
    """The first fault is named with its key."""
    assert refusal({"a": 1}, format=ReportFormat.JSON, source="ec3").startswith(
        "report.json, key a: Extra inputs are not permitted"
    )
    assert refusal([1], format=ReportFormat.JSON, source="ec3").startswith("report.json: not a JSON object")


def test_detecting_refuses_what_reading_refuses() -> None:
    """An archive has no form."""
    with pytest.raises(BadInputError, match="a ZIP archive"):
        detect(a_zip(), "a.zip")
