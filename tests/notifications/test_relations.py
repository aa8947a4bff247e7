"""What a notice says of an earlier one, in every form: only to whom it was sent; and that H1 travels with its item."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from leerp.marking import Handling, HandlingCode, Level, Marking
from leerp.notices import Form, Mode, Notice, NoticeKind, Portion, Relation, Said, Section, Variant
from leerp.observables import Observable, ObservableKind
from notifications.composing import compose, compose_recall
from notifications.forms.bundle import unpacked
from notifications.rendering import render
from tests.notifications import cast, strategies

EARLIER = "n-0000earlier"
FORMS = tuple(Form)
TEXTUAL = (Form.TEXT, Form.HTML, Form.JSON, Form.SLACK, Form.STIX, Form.MISP, Form.CAP)


def received(notice: Notice, *, told: bool, forms: tuple[Form, ...] = FORMS) -> Variant:
    """What the liaison bureau gets, by default in every form."""
    made = render(
        notice, cast.LIAISON, channel="email", maximum=Level.SECRET, at=cast.AT, forms=forms, told_earlier=told
    )
    assert isinstance(made, Variant), made
    return made


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("kind", [NoticeKind.EARLY_WARNING, NoticeKind.LAUNCH_EXTERNAL, NoticeKind.MEETING])
def test_who_was_not_sent_the_earlier_one_gets_the_same_bytes(kind: NoticeKind, relation: Relation) -> None:
    """Byte for byte, in every form, as if there had never been an earlier notice."""
    plain = cast.notice(kind)
    later = cast.notice(kind, relation=relation, earlier=EARLIER, earlier_at=cast.AT)
    assert received(later, told=False) == received(plain, told=False)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(strategies.portions, min_size=1, max_size=4),
    strategies.readers,
    strategies.maxima,
    st.sampled_from(Relation),
    st.sampled_from(Mode),
)
def test_for_any_notice_and_reader(
    portions: list[Portion], reader: object, maximum: Level | None, relation: Relation, mode: Mode
) -> None:
    """The same over random portions, markings, readers and channels, in all forms that are quick to make."""
    forms = tuple(form for form in Form if form is not Form.PDF)
    both = [
        render(
            cast.notice(NoticeKind.UPDATE, (cast.FRAME, *portions), mode=mode, **related),
            reader,  # type: ignore[arg-type]
            channel="email",
            maximum=maximum,
            at=cast.AT,
            forms=forms,
        )
        for related in ({}, {"relation": relation, "earlier": EARLIER, "earlier_at": cast.AT})
    ]
    assert both[0] == both[1]


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("form", TEXTUAL)
def test_who_was_sent_it_is_told_in_every_form(form: Form, relation: Relation) -> None:
    """The earlier notice is named, or its event in MISP, beside what this notice is to it."""
    later = cast.notice(NoticeKind.EARLY_WARNING, relation=relation, earlier=EARLIER, earlier_at=cast.AT)
    content = b"".join(file.content for file in received(later, told=True, forms=(form,)).files)
    assert relation.value.encode() in content
    assert EARLIER.encode() in content or b"extends_uuid" in content


@pytest.mark.parametrize("form", [Form.TEXT, Form.HTML, Form.SLACK])
@pytest.mark.parametrize("relation", Relation)
def test_the_words_are_the_same_in_every_form_for_people(form: Form, relation: Relation) -> None:
    """It replaces, corrects or recalls the earlier notice, by one sentence."""
    later = cast.notice(NoticeKind.EARLY_WARNING, relation=relation, earlier=EARLIER, earlier_at=cast.AT)
    content = b"".join(file.content for file in received(later, told=True, forms=(form,)).files).decode()
    assert f"This notice {relation.value} the earlier notice {EARLIER}." in content


def test_a_recall_says_nothing_of_what_it_takes_back() -> None:
    """Only that it does, why, and whom to call; the reason is under the marking of what is taken back."""
    context = cast.context()
    portions = compose_recall(context, reason="The sector is wrong.", marking=cast.RESTRICTED)
    recall = cast.notice(
        NoticeKind.EARLY_WARNING, portions, relation=Relation.RECALLS, earlier=EARLIER, earlier_at=cast.AT
    )
    said = cast.text(received(recall, told=True, forms=(Form.TEXT,)))
    assert "The coordination centre takes an earlier notice back." in said
    assert "This is an early warning" not in said
    assert "Reason: The sector is wrong." in said
    known = {portion.text for portion in compose(NoticeKind.EARLY_WARNING, context)} - {one.text for one in portions}
    assert not [text for text in known if text in said]
    (reason,) = [portion for portion in portions if "sector" in portion.text]
    assert reason.marking == cast.RESTRICTED


H1 = Marking(handling=(Handling(code=HandlingCode.H1, provider="csirt-lu"),))


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.CALENDAR])
def test_h1_travels_with_its_item(form: Form) -> None:
    """Whoever gets the item in any form gets the code and whose it is with it: no use in court without its provider."""
    seen = Observable(kind=ObservableKind.DOMAIN, value="kill-switch.example")
    item = Portion(section=Section.INDICATOR, text="seen", marking=H1, said=Said(observables=(seen,)))
    notice = cast.notice(NoticeKind.PACKAGE if form is Form.BUNDLE else NoticeKind.EARLY_WARNING, (cast.FRAME, item))
    (file,) = received(notice, told=False, forms=(form,)).files
    pages = PdfReader(BytesIO(file.content)).pages if form is Form.PDF else ()
    plain = unpacked(file.content)["observables.csv"] if form is Form.BUNDLE else file.content
    content = "".join(page.extract_text() for page in pages) if pages else plain.decode()
    assert "H1" in content
    assert "csirt-lu" in content
