"""Each form of what a reader may see is made once, however many channels and bundles carry it."""

import pytest

from leerp.marking import Level, WithheldReason
from leerp.notices import Form, NoticeKind
from notifications import typesetting
from notifications.composing import compose
from notifications.context import PackageWord
from notifications.rendering import Renderer
from tests.notifications import cast, machine_forms


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> list[typesetting.Document]:
    """The documents that are set while the test lasts."""
    begun: list[typesetting.Document] = []
    begin = typesetting.begin

    def noted(document: typesetting.Document) -> object:
        begun.append(document)
        return begin(document)

    monkeypatch.setattr(typesetting, "begin", noted)
    return begun


def test_the_document_of_a_package_is_set_once(documents: list[typesetting.Document]) -> None:
    """The bundle holds the very PDF that stands beside it."""
    word = PackageWord(country="DE", items=(cast.pooled(),))
    notice = cast.notice(NoticeKind.PACKAGE, compose(NoticeKind.PACKAGE, cast.context(package=word)))
    names = [file.name for file in machine_forms.variant(notice, Form.PDF, Form.STIX, Form.BUNDLE).files]
    assert (names, len(documents)) == (["message.pdf", "notice.stix.json", "package.zip"], 1)


def test_a_second_channel_with_other_forms_gets_what_is_made(documents: list[typesetting.Document]) -> None:
    """Who is asked again over another channel gets the same files, and only what that one carries more is made."""
    renderer = Renderer(cast.notice(NoticeKind.UPDATE))
    sight = renderer.sight(cast.CSIRT, maximum=Level.SECRET, at=cast.AT)
    assert not isinstance(sight, WithheldReason)
    one = renderer.made(sight, cast.CSIRT, channel="email", forms=(Form.TEXT, Form.PDF)).files
    two = renderer.made(sight, cast.CSIRT, channel="portal", forms=(Form.PDF, Form.HTML, Form.TEXT)).files
    assert [file.name for file in two] == ["message.txt", "message.html", "message.pdf"]
    assert (two[0] is one[0], two[2] is one[1], len(documents)) == (True, True, 1)
