"""A whole incident at the desk: from the form to the closure, with the mouse.

With the keyboard alone it is in tests/long/test_a_whole_incident_by_keyboard.py.
"""

import re

from playwright.sync_api import Page

from tests.browser.desk import Desk, Mouse, expect_soon, live

REASON = "checked with both sources"


class Officers:
    """Two people at two windows, who take an incident through the protocol."""

    def __init__(self, first: Mouse, second: Mouse) -> None:
        self.first, self.second = first, second
        self.reference = ""

    def report(self, *, domain: str) -> None:
        """Take a report down in the form."""
        hand, page = self.first, self.first.page
        page.goto("/report")
        hand.write(page.get_by_label("Source"), "csirt-fr")
        hand.write(page.get_by_label("In one line"), "Hospitals encrypted in two countries")
        hand.write(page.get_by_label("Observables"), f"domain {domain}")
        hand.press(page.get_by_role("button", name="Send the report"))
        said = page.locator(".receipt").inner_text()
        found = re.search(r"LEERP-\d{4}-\d{4}", said)
        assert found, said
        self.reference = found[0]
        for one in (self.first, self.second):
            one.page.goto(f"/incidents/{self.reference}")

    def act(self, who: Mouse, name: str) -> Page:
        """Open the form of an act from the menu of the incident."""
        page = who.page
        page.goto(f"/incidents/{self.reference}")
        who.press(page.locator(f'.menu a[href$="/acts/{name}"]'))
        return page

    def send(self, who: Mouse) -> None:
        """Give the reason, and send the form."""
        page = who.page
        form = page.locator("form.acting")
        who.write(form.locator("#field-reason"), REASON)
        who.press(form.locator("button.primary"))
        page.locator(".receipt").wait_for()
        page.goto(f"/incidents/{self.reference}")

    def decide(self, who: Mouse, choice: str) -> None:
        """Decide, or confirm what was proposed."""
        page = self.act(who, "decide")
        who.choose(page.locator(f'input[name="choice"][value="{choice}"]'))
        self.send(who)

    def release(self, who: Mouse, kind: str) -> None:
        """Release the draft of a kind, or propose it."""
        page = who.page
        page.goto(f"/incidents/{self.reference}")
        draft = live(page).locator("tr", has=page.get_by_text("draft", exact=True)).filter(has_text=kind)
        draft.first.wait_for()
        who.press(draft.first.get_by_role("link").first)
        self.send(who)

    def add_action(self, who: Mouse) -> None:
        """Put an action into the plan."""
        page = self.act(who, "plan-add")
        for name, text in (("id", "A1"), ("title", "Take the domain down"), ("owner", "liaison-fr"), ("country", "FR")):
            who.write(page.locator(f'[name="{name}"]'), text)
        page.locator('[name="type"]').select_option("takedown")
        page.locator('[name="starts_at"]').fill("2030-01-02T10:00")
        page.locator('[name="ends_at"]').fill("2030-01-02T12:00")
        who.write(page.locator('[name="targets"]'), "domain evil.example")
        self.send(who)

    def close(self, who: Mouse) -> None:
        """Close the protocol, or confirm that it is closed."""
        page = self.act(who, "close")
        who.choose(page.locator('input[name="outcome"][value="operational_success"]'))
        self.send(who)


def test_from_the_form_to_the_closure(desk: Desk) -> None:
    """Every step of the protocol, by two people; and what one does, the other sees."""
    from_the_form_to_the_closure(desk, Mouse)


def from_the_form_to_the_closure(desk: Desk, hand: type[Mouse]) -> None:
    """Take an incident through every step with this hand alone."""
    both = Officers(hand(desk.window("duty-officer")), hand(desk.window("head-of-operations")))
    both.report(domain=f"{hand.__name__.lower()}.evil.example")
    expect_soon(live(both.second.page), "a decision: launch, normal or watch")
    both.decide(both.first, "launch")
    expect_soon(live(both.second.page), "a second person to confirm launch", within_ms=3_000)
    both.decide(both.second, "launch")
    expect_soon(live(both.first.page), "emergency", within_ms=10_000)
    both.release(both.first, "early warning")
    both.release(both.second, "early warning")
    expect_soon(live(both.second.page), "the action plan to be made")
    both.add_action(both.first)
    both.act(both.first, "plan-draft")
    both.send(both.first)
    both.release(both.first, "action plan")
    both.release(both.second, "action plan")
    expect_soon(live(both.second.page), "contributions, updates, or the end")
    both.close(both.first)
    both.close(both.second)
    expect_soon(live(both.second.page).locator(".state").first, "closed")
    both.first.page.goto(f"/incidents/{both.reference}/journal")
    expect_soon(both.first.page.locator(".chain"), "the chain is whole")
