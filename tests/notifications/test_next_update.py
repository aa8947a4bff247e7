"""When readers hear again: said in every form of an early warning and an update, and nowhere if nobody settled it."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from leerp.marking import Level
from leerp.notices import Form, NoticeKind, Variant
from notifications.composing import compose
from notifications.rendering import render
from tests.notifications import cast

FORMS = (Form.TEXT, Form.HTML, Form.JSON, Form.PDF, Form.SLACK, Form.CAP)
FOR_MACHINES = {
    Form.JSON: '"said":{"next_update_at":"2017-05-12T13:14:00Z"}',
    Form.CAP: "<valueName>leerp-next-update</valueName><value>2017-05-12T13:14:00.000000+00:00</value>",
}
NEXT = cast.AT + timedelta(hours=4)


def content(kind: NoticeKind, form: Form, **changes: object) -> str:
    """What a reader who is cleared for nothing but BPL gets in this form, as text."""
    notice = cast.notice(kind, compose(kind, cast.context(**changes)))
    made = render(notice, cast.PARTNER, channel="email", maximum=Level.BPL, at=cast.AT, forms=(form,))
    assert isinstance(made, Variant), made
    (file,) = made.files
    if form is Form.PDF:
        return " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(file.content)).pages).split())
    return file.content.decode()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [NoticeKind.EARLY_WARNING, NoticeKind.UPDATE])
def test_every_form_says_when_the_next_update_comes(kind: NoticeKind, form: Form) -> None:
    """As a sentence for people, and as a value for machines where the form has a place for it."""
    said = content(kind, form, next_update_at=NEXT)
    assert "Next update by 2017-05-12T13:14:00+00:00." in said
    assert FOR_MACHINES.get(form, "Next update") in said


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_said_where_nobody_settled_it(form: Form) -> None:
    """No sentence and no empty value."""
    said = content(NoticeKind.EARLY_WARNING, form, next_update_at=None).casefold()
    assert [word for word in ("next update", "next_update", "next-update") if word in said] == []
