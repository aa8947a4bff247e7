"""The most that a notice holds, in the forms that take longest to make."""

import pytest

from tests.notifications.test_machine_forms import come_back
from tests.notifications.test_pdf import ends_with_its_last_page


@pytest.mark.timeout(120)
def test_twenty_thousand_observables() -> None:
    """The most that one portion holds is made and read back, every one of them."""
    come_back(20_000)


@pytest.mark.timeout(120)
def test_five_thousand_portions() -> None:
    """The most portions that a notice has are set as one document."""
    ends_with_its_last_page(5_000)
