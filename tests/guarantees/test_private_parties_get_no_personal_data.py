"""Regulation (EU) 2016/794 Art. 26(5): private parties get no personal data but on a ground that an officer names."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from leerp.grades import UNGRADED
from leerp.journal import JournalKind
from leerp.marking import Level, Marking, Reader, WithheldReason
from leerp.notices import Form, NoticeKind, PersonalData, PrivatePartyGround, Variant
from leerp.observables import Observable, ObservableKind
from leerp.private_data import resubmit_until
from leerp.protocol import ActName, ReleaseAct, WarnAct
from leerp.reports import Report
from notifications.composing import compose
from notifications.personal_data import is_personal, stands_in
from notifications.rendering import render
from records import journal
from tests.conftest import OpenDrill
from tests.drill import APPROVER, Drill
from tests.notifications import cast

COMPANY = Reader(id="partner", group="private_partner", clearance=Level.RESTREINT)
CSIRT = Reader(id="csirt", group="csirt_network", clearance=Level.RESTREINT)
FORMS = (Form.TEXT, Form.HTML, Form.JSON, Form.SLACK, Form.STIX, Form.MISP, Form.CAP)

CLEAN = Observable(kind=ObservableKind.DOMAIN, value="kill-switch.example")
PERSONAL = (
    Observable(kind=ObservableKind.EMAIL, value="anna.vos@mail.example"),
    Observable(kind=ObservableKind.IPV4, value="198.51.100.23"),
    Observable(kind=ObservableKind.IPV6, value="2001:db8::beef"),
    Observable(kind=ObservableKind.WALLET, value="115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn"),
    Observable(kind=ObservableKind.URL, value="http://203.0.113.9/panel"),
)
TRACES = ("anna", "198.51", "198[.]51", "2001:db8", "115p7UMM", "203.0", "203[.]0")
"""Any of these in what a company gets would give a value away."""


def report(*observables: Observable, narrative: str = "A worm.", title: str = "Worm") -> Report:
    """A report at BPL that holds these."""
    return Report(
        source="poc-no",
        id="r-1",
        reported_at=cast.AT,
        title=title,
        narrative=narrative,
        observables=observables,
        marking=Marking(),
    )


def received(kind: NoticeKind, reader: Reader, one: Report, **changes: object) -> Variant | WithheldReason:
    """What a reader gets of a notice of that kind about that report alone."""
    context = cast.context(reports=((one, UNGRADED),), assessments=(("Patch first.", Marking()),))
    notice = cast.notice(kind, compose(kind, context), **changes)
    return render(notice, reader, channel="email", maximum=Level.RESTREINT, at=cast.AT, forms=FORMS)


def everything(of: Variant | WithheldReason) -> bytes:
    """All bytes of a variant, with its subject."""
    assert isinstance(of, Variant), of
    return b"\0".join([of.subject.encode(), *(file.name.encode() + file.content for file in of.files)])


@pytest.mark.parametrize("one", PERSONAL, ids=lambda one: one.kind.value)
def test_a_company_gets_the_indicators_without_persons_and_others_get_them_all(one: Observable) -> None:
    """For each kind of personal data: in no form of what the company gets, and in the text of everybody else."""
    company = everything(received(NoticeKind.EARLY_WARNING, COMPANY, report(CLEAN, one)))
    others = everything(received(NoticeKind.EARLY_WARNING, CSIRT, report(CLEAN, one)))
    assert [trace for trace in TRACES if trace.encode() in company] == []
    assert b"kill-switch" in company
    assert [trace for trace in TRACES if trace.encode() in others] != []
    assert others.count(b"Indicators reported by") == company.count(b"Indicators reported by")  # never both of them


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from((NoticeKind.LAUNCH_EXTERNAL, NoticeKind.EARLY_WARNING, NoticeKind.UPDATE)),
    st.lists(st.sampled_from((CLEAN, *PERSONAL)), unique=True, max_size=6),
    st.sampled_from(("", "A worm.", "Write to anna[.]vos[at]mail.example.", "From 198[.]51[.]100[.]23 it came.")),
)
def test_a_company_cannot_tell_that_there_was_personal_data(
    kind: NoticeKind, observables: list[Observable], narrative: str
) -> None:
    """What it gets is, byte for byte, what it would get had the report never held any (DESIGN rule 4)."""
    clean = tuple(one for one in observables if not is_personal(one))
    told = "" if stands_in(narrative) else narrative
    event(f"something left out: {len(clean) < len(observables) or told != narrative}")
    whole = received(kind, COMPANY, report(*observables, narrative=narrative))
    never = received(kind, COMPANY, report(*clean, narrative=told))
    assert whole == never


def test_a_text_that_names_a_mailbox_or_an_address_is_kept_back_however_it_is_written() -> None:
    """Narratives, titles, assessments and actions: whoever wrote it, whatever kind of notice tells it."""
    for text in (
        "anna@mail.example",
        "anna (at) mail (dot) example".replace(" ", ""),
        "198.51.100[.]23",
        "2001:DB8::1",
    ):
        context = cast.context(assessments=((f"It was {text}.", Marking()),))
        portions = compose(NoticeKind.EARLY_WARNING, context)
        assert [one.personal_data for one in portions if text in one.text] == [PersonalData.HELD]
    assert not any(stands_in(text) for text in ("At 07:44:00+00:00", "a 10:1 chance", "MS17-010", "release 2.4.1"))


def test_a_wallet_in_a_text_is_recognised_by_the_indicators() -> None:
    """A wallet has no sure shape; one that a report lists is found in every text of the same notice."""
    wallet = PERSONAL[3]
    one = report(wallet, narrative=f"Ransom is paid to {wallet.value}.")
    assert wallet.value.encode() not in everything(received(NoticeKind.EARLY_WARNING, COMPANY, one))


@pytest.mark.parametrize("ground", PrivatePartyGround)
def test_on_a_ground_that_an_officer_names_the_company_gets_what_others_get(ground: PrivatePartyGround) -> None:
    """The same bytes as a reader of another group with the same clearance, each statement once."""
    one = report(CLEAN, *PERSONAL, narrative="Write to anna.vos@mail.example.")
    company = everything(received(NoticeKind.EARLY_WARNING, COMPANY, one, personal_data_ground=ground))
    assert company == everything(received(NoticeKind.EARLY_WARNING, CSIRT, one))


def test_a_notice_of_personal_data_alone_is_withheld_for_that_reason() -> None:
    """The ledger tells the officer why; the reason is one of the closed list."""
    portions = tuple(
        one.model_copy(update={"personal_data": PersonalData.HELD}) if one.section.value == "assessment" else one
        for one in compose(NoticeKind.UPDATE, cast.context(assessments=(("x", Marking()),)))
        if one.section.value in ("title", "contact", "assessment")
    )
    made = render(
        cast.notice(NoticeKind.UPDATE, portions), COMPANY, channel="email", maximum=Level.RESTREINT, at=cast.AT
    )
    assert made is WithheldReason.PERSONAL_DATA_TO_PRIVATE_PARTY


async def test_the_ground_is_named_by_a_person_and_kept_with_the_release(open_drill: OpenDrill, tmp_path: Path) -> None:
    """Without it a company's text has no mailbox in it; with it, on two people's word, it has; the journal keeps it."""
    async with open_drill() as drill:
        await drill.report(1, observables=[one.model_dump(mode="json") for one in (CLEAN, *PERSONAL)])
        await drill.classified_again()
        await drill.launched()
        await drill.sent(NoticeKind.LAUNCH_EXTERNAL)
        await drill.release(NoticeKind.EARLY_WARNING)
        await drill.sent(NoticeKind.EARLY_WARNING)
        await drill.act(ActName.WARN, WarnAct, kind="update")
        await release_on_a_ground(drill)
        await drill.sent(NoticeKind.UPDATE)
        async with drill.house.store.reading() as connection:
            kinds = {JournalKind.INVESTIGATION_NOTICE_RELEASED}
            (released,) = await journal.entries(connection, drill.reference, kinds=kinds)
        view = await drill.view()
    warned, updated = (
        next(one.id for one in view.notices if one.kind is kind)
        for kind in (NoticeKind.EARLY_WARNING, NoticeKind.UPDATE)
    )
    outbox = tmp_path / "home" / "outbox"
    texts = {
        notice: (outbox / notice / "partner-antivirus" / "message.txt").read_text(encoding="utf-8")
        for notice in (warned, updated)
    }
    assert "kill-switch" in texts[warned]
    assert "anna" not in texts[warned]
    assert "anna[.]vos[@]mail[.]example" in texts[updated]
    assert released.data["ground"] == "imminent_crime"


async def release_on_a_ground(drill: Drill) -> None:
    """Propose the update on a ground, see that the second person is told of it, and approve."""
    view = await drill.until(lambda view: any("(update)" in line for line in view.waiting_for), "the update's draft")
    notice = next(line for line in view.waiting_for if "(update)" in line).split()[1]
    await drill.act(ActName.RELEASE, ReleaseAct, notice=notice, ground="imminent_crime")
    lines = (await drill.view()).waiting_for
    assert any("personal data to private parties: imminent_crime" in line for line in lines)
    await drill.act(ActName.RELEASE, ReleaseAct, notice=notice, who=APPROVER)


@pytest.mark.parametrize(
    ("received_at", "until"),
    [((2026, 1, 15), (2026, 5, 15)), ((2026, 10, 31), (2027, 2, 28)), ((2027, 10, 30), (2028, 2, 29))],
)
def test_the_four_months_are_calendar_months(received_at: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    """Art. 26(2) counts months; a month that is shorter ends the clock on its last day."""
    assert resubmit_until(datetime(*received_at, 7, 30, tzinfo=UTC)) == datetime(*until, 7, 30, tzinfo=UTC)
