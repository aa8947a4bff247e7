"""Plain text and mail, and the observables in them."""

from datetime import UTC, datetime

import pytest

from leerp.formats.extraction import find_in_text, marking_in_text
from leerp.formats.findings import Findings
from leerp.marking import Level, Tlp
from leerp.reports import ReportFormat
from tests.formats.examples import NOW, contribution, mail, refusal, report, values


def found(text: str) -> list[str]:
    """The observables of a text."""
    findings = Findings(name="the text")
    find_in_text(text, findings, name="the text")
    return values(findings.observables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beacons to 198.51.100.7, then 198[.]51(.)100[dot]8.", ["ipv4:198.51.100.7", "ipv4:198.51.100.8"]),
        ("range 198.51.100.0/24 and version 1.2.3.4.5", []),
        ("300.1.1.1 and v1.2.3.4 and 10.0.19041.1", []),
        ("seen at 12:30:45 from d2:fb:49:24:37:18, std::vector", []),
        ("from 2001:db8::7 and [2001:db8::8].", ["ipv6:2001:db8::7", "ipv6:2001:db8::8"]),
        ("evil.co.uk, mail.evil[.]com, bank.pl", ["domain:bank.pl", "domain:evil.co.uk", "domain:mail.evil.com"]),
        ("open setup.exe, invoice.doc, e.g. this or co.uk", []),
        ("archive.zip is a file, archive[.]zip is not", ["domain:archive.zip"]),
        ("bücher.de", ["domain:xn--bcher-kva.de"]),
        ("get hxxps://evil[.]com/a.zip?x=1).", ["url:https://evil.com/a.zip?x=1"]),
        ("(see http://a.com/x_(y) or https://b.com/,)", ["url:http://a.com/x_(y)", "url:https://b.com/"]),
        ("write to spy[at]evil[.]com or Spy@Evil.com", ["email:spy@evil.com"]),
        (f"{'A' * 32} {'b' * 40}", ["md5:" + "a" * 32, "sha1:" + "b" * 40]),
        (f"{'c1' * 32}\n{'d2' * 64}.", ["sha256:" + "c1" * 32, "sha512:" + "d2" * 64]),
        ("0x" + "a" * 40 + " " + "1" * 32 + " " + "a" * 33, []),
        ("uses cve-2017-0144; not CVE-17-1", ["cve:CVE-2017-0144"]),
    ],
)
def test_observables_in_a_text_are_found_and_look_alikes_are_not(text: str, expected: list[str]) -> None:
    """Also when they are defanged; versions, times, file names and public suffixes are no observables."""
    assert found(text) == expected


def test_ranges_and_doubtful_names_are_noted() -> None:
    """What is passed over is said."""
    findings = Findings(name="the text")
    find_in_text("block 198.51.100.0/24, run.sh", findings, name="the text")
    assert findings.notes.lines == (
        "1 x address range in the text: not mapped",
        "1 x name ending in .sh: read as the name of a file; write [.] if it is a domain",
    )


@pytest.mark.parametrize(
    ("text", "tlp", "level"),
    [
        ("nothing said", Tlp.CLEAR, Level.BPL),
        ("[TLP:GREEN] alert", Tlp.GREEN, Level.BPL),
        ("tlp: amber + strict", Tlp.AMBER_STRICT, Level.BPL),
        ("TLP:WHITE, but the annex is TLP:RED", Tlp.RED, Level.BPL),
        ("RESTREINT UE/EU RESTRICTED", Tlp.CLEAR, Level.RESTREINT),
        ("marked S-UE/EU-S", Tlp.CLEAR, Level.SECRET),
        ("TRÈS SECRET UE", Tlp.CLEAR, Level.TRES_SECRET),
    ],
)
def test_labels_in_a_text_tighten_its_marking(text: str, tlp: Tlp, level: Level) -> None:
    """The tightest that the text speaks of is taken."""
    marking = marking_in_text(text, Findings(name="the text"))
    assert (marking.tlp, marking.level) == (tlp, level)


def test_a_text_becomes_a_report_that_a_person_should_confirm() -> None:
    """First line, all of it, and when it was received; the same text has the same id."""
    content = b"# Outage at the port\r\n\r\nSince noon. C2 is evil[.]com\n"
    read = report(content, name="note.txt")
    assert (read.title, read.reported_at) == ("Outage at the port", NOW)
    assert read.narrative == "# Outage at the port\n\nSince noon. C2 is evil[.]com"
    assert values(read.observables) == ["domain:evil.com"]
    assert read.notes == ("read from text: a person should confirm title, marking and observables",)
    assert read.id == report(content, name="copy.txt").id


def test_a_text_names_no_source() -> None:
    """Somebody must say whose it is."""
    assert refusal(b"Outage", name="note.txt", source=None).startswith("the source None is not registered")


def test_a_long_text_is_cut_with_a_mark() -> None:
    """A narrative has at most 100,000 characters."""
    narrative = report(b"word " * 30_000, name="note.txt").narrative
    assert len(narrative) == 100_000
    assert narrative.endswith("[cut here: the text of the file is longer than a narrative may be]")


def test_a_text_too_long_to_search_is_refused() -> None:
    """A log is no report."""
    expected = "note.txt: 1,999,999 characters of text, more than 1,000,000; hand it in without its logs"
    assert refusal(b"x " * 1_000_000, name="note.txt") == expected


def test_a_mail_gives_subject_text_sender_and_date() -> None:
    """The sender's address is looked up, and the desk is told that it proves nothing."""
    header = "Date: Sun, 22 Nov 2026 12:30:00 +0100\nMessage-ID: <17@cert.example>\nContent-Type: text/plain"
    raw = mail(header=header, body="Since noon.\nC2 is evil[.]com", subject="[TLP:AMBER] =?utf-8?q?St=C3=B6rung?=")
    read = report(raw, name="a.eml", source=None, source_of=lambda sender: {"desk@cert.example": "ec3"}[sender or ""])
    assert (read.source, read.id, read.title) == ("ec3", "17@cert.example", "[TLP:AMBER] Störung")
    assert read.reported_at == datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
    assert (read.narrative, read.marking.tlp) == ("Since noon.\nC2 is evil[.]com", Tlp.AMBER)
    assert values(read.observables) == ["domain:evil.com"]
    assert "the sender's address of a mail is easily forged: confirm the source another way" in read.notes


def test_attachments_are_named_by_type_and_not_read() -> None:
    """A MISP event in a mail is not taken in unseen."""
    body = """--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

St=F6rung
--b
Content-Type: application/json
Content-Disposition: attachment; filename="event.json"

{"Event": {}}
--b--"""
    read = report(mail(header="Content-Type: multipart/mixed; boundary=b", body=body), name="a.eml")
    assert read.narrative == "Störung"
    assert "1 x attachment application/json: not read; hand it in as a report of its own" in read.notes


def test_a_mail_in_html_is_read_without_its_markup() -> None:
    """Tags, styles and scripts are left out, entities are text."""
    body = "<html><head><style>p{}</style></head><p>Since&nbsp;noon &amp; on<script>x()</script></p></html>"
    read = report(mail(header="Content-Type: text/html", body=body), name="a.eml")
    assert read.narrative == "Since\xa0noon & on"
    assert "the mail has its text only as HTML: layout and hidden parts were left out" in read.notes


def test_a_mail_is_known_by_its_header_without_its_name() -> None:
    """A file called anything may be a mail."""
    assert report(mail(body="text"), name="download").title == "Outage"


@pytest.mark.parametrize(
    "content",
    [
        b"From: <<((((\r\nSubject: \r\n\r\n",
        b"From: " + b"a, " * 5_000 + b"\r\nSubject: x\r\n\r\nx",
        b"Subject: x\r\nContent-Type: text/plain; charset=x-none\r\n\r\nx",
        b"Subject: x\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 400,
        b"Subject: x\r\n\r\n" + b"a\n" * 500_000,
        b"Subject: x\r\n\r\n" + b"boundary=a\n" * 30,
    ],
)
def test_a_mail_that_cannot_be_read_is_refused_in_one_sentence(content: bytes) -> None:
    """Malformed, nested or padded mail ends in a sentence, not in a fault of the parser."""
    assert refusal(content, name="a.eml").startswith("a.eml: ")


def test_a_mail_without_a_usable_id_or_date_is_still_read() -> None:
    """The id is made of the content, the date is the receipt."""
    read = report(mail(header="Message-ID: <a b>\nDate: soon", body="x"), name="a.eml")
    assert (read.id.startswith("mail-"), read.reported_at) == (True, NOW)


def test_the_form_can_be_named() -> None:
    """What looks like something else is read as asked."""
    assert report(mail(body="x"), format=ReportFormat.TEXT).title == "From: CERT <desk@cert.example>"
    assert report(b"no header at all", format=ReportFormat.EML).title == "Mail without a subject"


def test_a_text_is_a_contribution_as_well() -> None:
    """With the reader's note at its end."""
    read = contribution(b"Our logs\nshow evil[.]com", name="note.txt")
    assert read.narrative == (
        "Our logs\nshow evil[.]com\n\n"
        "Note of the reader: read from text: a person should confirm title, marking and observables"
    )
