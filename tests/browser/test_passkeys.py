"""A passkey in a real browser: made on the page of the account, and used to come back in."""

from playwright.sync_api import Page, expect

from desk.access.links import fresh_link
from leerp.settings import Settings
from tests.browser.desk import Desk, apart


def with_authenticator(page: Page) -> None:
    """Give the browser an authenticator that keeps passkeys and whose person always unlocks it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": True}})


def test_a_passkey_is_made_and_signs_in(desk: Desk) -> None:
    """By a link to the account, a passkey there, out, and in again with nothing typed, where one wanted to go."""
    local = desk.address.replace("127.0.0.1", "localhost")
    settings = Settings(home=desk.leerp.home, desk_port=desk.leerp.port)
    link = apart(fresh_link(settings, person="duty-officer")).address.replace("127.0.0.1", "localhost")
    page = desk.window(None)
    with_authenticator(page)
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{local}/")
    page.goto(f"{local}/account")
    page.get_by_label("What to call the new one").fill("this laptop")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_role("cell", name="this laptop", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{local}/account")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{local}/account")
    expect(page.get_by_role("cell", name="passkey", exact=True)).to_be_visible()


def test_the_door_needs_no_scripts_and_fits_a_phone(desk: Desk) -> None:
    """Without JavaScript the password form and the link's button work, nothing stands beside 390 pixels."""
    settings = Settings(home=desk.leerp.home, desk_port=desk.leerp.port)
    page = desk.window(None, java_script_enabled=False, viewport={"width": 390, "height": 800})
    page.goto("/")
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    page.goto(apart(fresh_link(settings, person="desk-operator")).address)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/accounts/duty-officer")
    page.get_by_role("button", name="Make a link").click()
    expect(page.locator(".secret")).to_contain_text("/sign-in/")
