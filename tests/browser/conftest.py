"""Chromium, and a whole leerp as people start it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.desk import Desk

QUIET = (
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-quic", "--no-first-run", "--disable-gpu"),
)
"""What keeps Chromium from asking anybody but the desk."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Where a build server lacks it the tests fail; elsewhere they are left out.

    Of one module: while it is open, no other test of this process may have an event loop.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium on this build server; .ci/run installs it")
        pytest.skip("there is no chromium; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Desk]:
    """`leerp up` on a fresh state folder."""
    folder: Path = tmp_path_factory.mktemp("desk")
    with Desk(folder / "home", chromium) as running:
        yield running
