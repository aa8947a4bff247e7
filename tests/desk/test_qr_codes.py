"""QR codes: what is drawn is the code, whole and with the white around it that cameras need."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from desk.access import authenticators
from desk.web.qr_codes import QUIET, qr_code
from tests.desk.browsing import DeskHere, desk_here
from tests.desk.people_here import press, shown

RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def dark_in(path: str) -> set[tuple[int, int]]:
    """The modules that a path fills."""
    assert "".join(found[0] for found in RUN.finditer(path)) == path
    return {(int(x) + more, int(y)) for x, y, long, _ in RUN.findall(path) for more in range(int(long))}


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_every_module_stands_where_it_belongs(text: str) -> None:
    """The dark modules of the code and no others, four modules from every edge."""
    code = qr_code(text)
    rows = segno.make(text, error="m", micro=False).matrix
    expected = {(x + QUIET, y + QUIET) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}
    assert dark_in(code.path) == expected
    assert code.size == len(rows) + 2 * QUIET


class Drawing(HTMLParser):
    """The parts of the picture on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the attributes of what a picture is made of."""
        if tag in ("svg", "path", "rect"):
            self.found[tag] = dict(attrs)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def test_the_key_of_an_authenticator_is_a_picture_with_its_text_beside_it(desk: DeskHere) -> None:
    """The picture is of the key that stands below it, has a name, and needs no style in the page."""
    browser = await desk.browser("duty-officer")
    page = await press(browser, "/account/password/begin")
    secret = "".join(page.text.partition('class="secret">')[2].partition("<")[0].split())
    drawing = Drawing()
    drawing.feed(page.text)
    address = authenticators.address_of_secret(secret, person="duty-officer")
    assert drawing.found["path"]["d"] == qr_code(address).path
    assert drawing.found["svg"]["role"] == "img"
    assert "key below" in (drawing.found["svg"]["aria-label"] or "")
    assert all("style" not in attributes for attributes in drawing.found.values())
    assert "or type the key" in shown(page)
    again = await press(browser, "/account/password", **{"setting-up": "x"})
    assert (again.status_code, "<svg" in again.text) == (409, False)
