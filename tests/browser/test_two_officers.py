"""Two officers at once: what one decides the other sees within a second, and the slower one gets a clear answer."""

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, expect_soon, live


def fill(page: Page, reference: str, choice: str) -> None:
    """Fill in the decision, without sending it."""
    page.goto(f"/incidents/{reference}/acts/decide")
    page.locator(f'input[name="choice"][value="{choice}"]').check()
    page.locator("#field-reason").fill("seen from the other window")


def test_a_decision_shows_in_the_other_window(desk: Desk) -> None:
    """Nobody loads a page again: the other window has it within a second of the answer."""
    reference = desk.report(901)
    one, other = desk.window("duty-officer"), desk.window("duty-officer-2")
    other.goto(f"/incidents/{reference}")
    expect_soon(live(other), "a decision: launch, normal or watch")
    fill(one, reference, "watch")
    one.locator("form.acting button.primary").click()
    one.locator(".receipt").wait_for()
    expect_soon(live(other).locator(".status").first, "watched", within_ms=1_000)


def test_the_second_of_two_conflicting_decisions_gets_a_clear_answer(desk: Desk) -> None:
    """Both have the form open; the slower one reads what has been decided, and loses nothing of what was typed."""
    reference = desk.report(902)
    one, other = desk.window("duty-officer"), desk.window("duty-officer-2")
    fill(one, reference, "normal")
    fill(other, reference, "launch")
    one.locator("form.acting button.primary").click()
    one.locator(".receipt").wait_for()
    other.locator("form.acting button.primary").click()
    expect(other.locator("#problem")).to_be_visible()
    assert "ended" in other.locator("#problem").inner_text()


def test_a_doubled_click_is_one_decision(desk: Desk) -> None:
    """The form is sent twice with the same id; the journal has one entry."""
    reference = desk.report(903)
    page = desk.window("duty-officer")
    fill(page, reference, "watch")
    form = page.locator("form.acting")
    sent: dict[str, str | float | bool] = {
        name: form.locator(f'[name="{name}"]').first.input_value() for name in ("csrf", "act")
    }
    sent |= {"choice": "watch", "reason": "twice"}
    for _ in range(2):
        page.request.post(f"/incidents/{reference}/acts/decide", form=sent, max_redirects=0)
    entries = [one.kind.value for one in desk.journal(reference)]
    assert entries.count("triage.decision.made") == 1


def test_without_javascript_the_acts_that_matter_work(desk: Desk) -> None:
    """A browser that runs no script takes a report and a decision, and shows what came of them."""
    reference = desk.report(904)
    page = desk.window("duty-officer", java_script_enabled=False)
    fill(page, reference, "normal")
    page.locator("form.acting button.primary").click()
    expect(page.locator(".receipt")).to_contain_text("Decided: normal")
    page.goto(f"/incidents/{reference}")
    expect(page.locator(".status").first).to_contain_text("normal procedure")
