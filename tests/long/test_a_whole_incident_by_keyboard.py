"""A whole incident with the keyboard alone: every link, field and button is reached with Tab, arrows, Enter and space.

Half a minute, and needs Chromium: `python3 run.py test tests/long/test_a_whole_incident_by_keyboard.py`.
"""

from tests.browser.conftest import chromium, desk
from tests.browser.desk import Desk, Keyboard
from tests.browser.test_a_whole_incident import from_the_form_to_the_closure

__all__ = ["chromium", "desk"]


def test_from_the_form_to_the_closure_by_keyboard(desk: Desk) -> None:
    """Every step of the protocol, by two people who have no mouse."""
    from_the_form_to_the_closure(desk, Keyboard)
