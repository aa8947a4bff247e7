"""DESIGN rule 10: whatever a reader holds of an exercise says that it is one; nothing of a real notice does."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from xml.etree import ElementTree as ET

import pytest
from pypdf import PdfReader

from leerp.facts import Facts
from leerp.marking import Level, Marking
from leerp.notices import Form, Mode, NoticeKind, Portion, Said, Section, Slot, Variant
from leerp.observables import Observable, ObservableKind
from notifications.channels.smtp.mail import mail
from notifications.forms.bundle import unpacked
from notifications.rendering import render
from tests.notifications import cast

MARK = "EXERCISE EXERCISE EXERCISE"

SAID = Said(
    observables=(Observable(kind=ObservableKind.DOMAIN, value="kill-switch.example"),),
    facts=Facts(countries=("ES",)),
    level="emergency",
    level_rank=4,
    levels=5,
    meeting=Slot(at=cast.AT + timedelta(hours=2), minutes=60, place="Bridge"),
    deadline=cast.AT + timedelta(minutes=30),
)


def made(mode: Mode, *forms: Form) -> Variant:
    """A notice with something for every form, as a reader gets it."""
    portions = (
        Portion(section=Section.TITLE, text="Emergency meeting", marking=Marking()),
        Portion(section=Section.FACT, text="Hospitals are encrypted.", marking=Marking(), said=SAID),
        cast.FRAME,
    )
    kind = NoticeKind.PACKAGE if Form.BUNDLE in forms else NoticeKind.EARLY_WARNING
    notice = cast.notice(kind, portions, mode=mode)
    got = render(notice, cast.CSIRT, channel="email", maximum=Level.RESTREINT, at=cast.AT, forms=forms)
    assert isinstance(got, Variant)
    return got


def plain(content: bytes) -> str:
    """A text with its lines put together."""
    return " ".join(content.decode().split())


def starts(content: bytes) -> list[str]:
    """What the lines of a calendar begin with, long ones put together (RFC 5545 §3.1)."""
    return [line[: len(f"SUMMARY:{MARK}")] for line in re.sub(r"\r?\n[ \t]", "", content.decode()).splitlines()]


def first_lines(content: bytes) -> list[str]:
    """What stands on each page of a PDF document."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(content)).pages]


def cap_status(content: bytes) -> str:
    """What a receiver of CAP looks at to know whether to act."""
    root = ET.fromstring(content)  # noqa: S314 - our own
    return root.findtext("{urn:oasis:names:tc:emergency:cap:1.2}status") or ""


def stix_marked(content: bytes) -> bool:
    """The report says so in its labels and in its name."""
    report = next(one for one in json.loads(content)["objects"] if one["type"] == "report")
    return "exercise" in report.get("labels", []) and report["name"].startswith(MARK)


def misp_marked(content: bytes) -> bool:
    """The event says so in its tags and its title, and no attribute is for a sensor to act on."""
    event = json.loads(content)["Event"]
    tags = {tag["name"] for tag in event["Tag"]}
    quiet = all(not one["to_ids"] for one in event["Attribute"])
    return "exercise" in tags and event["info"].startswith(MARK) and quiet


def bundle_marked(content: bytes) -> bool:
    """Every file in it says so where people or machines look; the table is read beside the README."""
    files = unpacked(content)
    manifest, readme = json.loads(files["manifest.json"]), files["README.txt"].decode()
    return (
        readme.startswith(MARK)
        and manifest["mode"] == "exercise"
        and manifest["subject"].startswith(MARK)
        and stix_marked(files["notice.stix.json"])
        and SAYS_SO[Form.PDF](files["message.pdf"])
    )


SAYS_SO: dict[Form, Callable[[bytes], bool]] = {
    Form.TEXT: lambda content: plain(content).startswith(MARK),
    Form.HTML: lambda content: MARK in plain(content),
    Form.JSON: lambda content: json.loads(content)["mode"] == "exercise" and MARK in json.loads(content)["subject"],
    Form.PDF: lambda content: all(page.count(MARK) >= 2 for page in first_lines(content)),
    Form.SLACK: lambda content: content.decode().count(MARK) >= 2,
    Form.STIX: stix_marked,
    Form.MISP: misp_marked,
    Form.CAP: lambda content: cap_status(content) == "Exercise" and content.decode().count(MARK) >= 3,
    Form.BUNDLE: bundle_marked,
    Form.CALENDAR: lambda content: {f"SUMMARY:{MARK}", "CATEGORIES:EXERCISE"} <= set(starts(content)),
}


@pytest.mark.parametrize("form", Form)
def test_the_mark_stands_in_every_form_of_an_exercise_and_in_none_of_a_real_notice(form: Form) -> None:
    """Where people read it, and where machines look; a form that is added must say here how it says so."""
    exercise, actual = (made(mode, form) for mode in (Mode.EXERCISE, Mode.ACTUAL))
    assert [SAYS_SO[form](file.content) for file in exercise.files] == [True]
    assert [SAYS_SO[form](file.content) for file in actual.files] == [False]
    assert not any(MARK.encode() in file.content for file in actual.files)
    assert (exercise.subject.startswith(MARK), MARK in actual.subject) == (True, False)


def test_a_mail_of_an_exercise_says_so_in_its_subject_and_its_body() -> None:
    """The first words of the subject and of the text, so that no preview hides them."""
    of = made(Mode.EXERCISE, Form.TEXT, Form.HTML)
    message = message_from_bytes(mail(cast.envelope(of, mode=Mode.EXERCISE), sender="ecc@ec3.example"), policy=default)
    body = message.get_body(("plain",))
    assert body is not None
    assert str(message["Subject"]).startswith(MARK)
    assert str(body.get_content()).startswith(MARK)
