"""The pages are true: links lead somewhere, lists are complete, nothing names a place that is only ours."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import pytest

from leerp.identity import Identity, OidcSettings
from leerp.journal import JournalKind, seal
from leerp.marking import WithheldReason
from leerp.model import Model
from leerp.notices import DeliveryReason
from leerp.protocol import RefusalReason
from leerp.settings import Settings
from leerp.stakeholders import Role
from notifications.sources.common import SourceSettings
from notifications.sources.feed import FeedSettings
from notifications.sources.mailbox import MailboxSettings
from notifications.sources.misp import MispSettings
from notifications.sources.taxii import TaxiiSettings
from tests.servers import ROOT

DOCS = ROOT / "docs"
ROOMS = ("leerp", "matrices", "records", "notifications", "activities", "workflows", "exercises", "desk")
README = ROOT / "README.md"
PAGES = sorted(
    {README, *DOCS.rglob("*.md"), *(page for room in (*ROOMS, "docker") for page in (ROOT / room).rglob("*.md"))}
)

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SOURCE = re.compile(r'(?:src|href|srcset)="([^"]+)"')
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FORBIDDEN = re.compile(r"(?<![\w./-])/(?:work|root)\b|\bpypi\.org|\bfiles\.pythonhosted")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def targets(page: Path) -> Iterator[tuple[Path, str]]:
    """The files that a page links to, each with the heading it names."""
    text = prose(page)
    for link in (*_LINK.findall(text), *_SOURCE.findall(text)):
        if not re.match(r"[a-z]+:", link):
            place, _, heading = unquote(link).partition("#")
            yield ((page.parent / place).resolve() if place else page), heading


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in _HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def tracked() -> list[Path]:
    """The files under version control; where there is none (an unpacked archive), those of rooms, tests and pages."""
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode == 0 and asked.stdout:
        return [ROOT / name for name in asked.stdout.split("\0") if name and (ROOT / name).is_file()]
    folders = (*ROOMS, "tests", "docs", "docker", "benchmarks")
    return [
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link leads to a file that is there, and to a heading that is in it."""
    broken = [
        f"{target.relative_to(ROOT)}#{heading}"
        for target, heading in targets(page)
        if not target.exists() or (heading and heading not in anchors(target))
    ]
    assert broken == []


def test_every_file_of_the_docs_can_be_reached() -> None:
    """From the README, over links, a reader comes to every page and picture; a link to a folder shows what is in it."""
    reached: set[Path] = set()
    ahead = [README]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        if page.is_dir() and page != DOCS:
            reached.update(page.iterdir())
        if page.suffix == ".md":
            ahead += [target for target, _ in targets(page) if target not in reached]
    wanted = {path for path in DOCS.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert sorted(str(path.relative_to(ROOT)) for path in wanted - reached) == []


def test_every_setting_has_a_heading() -> None:
    """Each setting, under the name of its variable; and no heading of a setting that is gone."""
    wanted = {f"LEERP_{name.upper()}" for name in Settings.model_fields}
    found = {heading for heading in _HEADING.findall(prose(DOCS / "settings.md")) if heading.startswith("LEERP_")}
    assert found == wanted


def test_every_kind_of_journal_entry_is_explained_once() -> None:
    """The table of kinds is the enum, no more and no less."""
    rows = re.findall(r"^\| `([a-z]+\.[a-z_]+\.[a-z_]+)` \|", prose(DOCS / "formats.md"), re.MULTILINE)
    assert sorted(rows) == sorted(kind.value for kind in JournalKind)


def test_every_reason_is_explained_to_the_officer() -> None:
    """Each word that says why something was refused, withheld or has failed stands in the officer's page."""
    text = prose(DOCS / "officer.md")
    words = {one.value for closed in (RefusalReason, WithheldReason, DeliveryReason) for one in closed}
    assert {word for word in words if f"`{word}`" not in text} == set()


def test_every_role_is_explained() -> None:
    """The officer's page says of each role what it may."""
    rows = set(re.findall(r"^\| (`[a-z`, ]+`) \|", prose(DOCS / "officer.md"), re.MULTILINE))
    told = {word for row in rows for word in re.findall(r"`([a-z]+)`", row)}
    assert {role.value for role in Role} - told == set()


@pytest.mark.parametrize("kind", [MailboxSettings, MispSettings, TaxiiSettings, FeedSettings])
def test_every_key_of_a_source_is_explained(kind: type[SourceSettings]) -> None:
    """Each kind of source that leerp reads by itself, with each of its keys."""
    text = prose(DOCS / "sources.md")
    assert [key for key in kind.model_fields if key != "kind" and f"`{key}`" not in text] == []
    assert f"`kind: {get_args(kind.model_fields['kind'].annotation)[0]}`" in text


@pytest.mark.parametrize("model", [Identity, OidcSettings])
def test_every_key_of_the_sign_in_is_explained(model: type[Model]) -> None:
    """The example of identity.yaml in the operator's page has each key that there is."""
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    assert [key for key in model.model_fields if not re.search(rf"^ *{key}:", text, re.MULTILINE)] == []


def test_the_command_reference_is_current() -> None:
    """docs/commands.md is what docs/generate_commands.py makes of today's command line."""
    command = [sys.executable, str(DOCS / "generate_commands.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_recipe_verifies_a_journal(tmp_path: Path) -> None:
    """The lines of Python in docs/formats.md accept a whole chain and name the line that was changed."""
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    recipe = text.partition("```python\n")[2].partition("```")[0]
    lines, prev = [], "0" * 64
    for number in range(1, 4):
        at = datetime(2026, 11, 22, 3, number, tzinfo=UTC)
        kind = JournalKind.DETECTION_REPORT_RECEIVED
        entry = seal(
            seq=number, incident="desk", at=at, actor="ü", kind=kind, data={"Zahl": number, "é": None}, prev=prev
        )
        lines.append(entry.line)
        prev = entry.hash
    file = tmp_path / "journal.jsonl"
    command = [sys.executable, "-c", recipe, str(file)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    whole = subprocess.run(command, capture_output=True, text=True, check=False)
    file.write_text("\n".join(lines).replace('"seq":2', '"seq":9') + "\n", encoding="utf-8")
    broken = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (whole.returncode, prev in whole.stdout) == (0, True)
    assert (broken.returncode, "line 2" in broken.stderr) == (1, True)


def test_the_names_of_the_rooms_belong_to_leerp_alone() -> None:
    """No other distribution in this environment has a package of the same name (docs/adr/0001)."""
    owners = importlib.metadata.packages_distributions()
    assert {room: owners[room] for room in ROOMS if set(owners.get(room, [])) - {"leerp"}} == {}


def test_the_distribution_holds_the_rooms_and_stays_private() -> None:
    """The wheel has exactly the rooms, and a classifier that public indexes refuse (docs/adr/0001)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(ROOMS)
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    """No host of a package registry and no path of one machine stands in any text."""
    found = []
    for path in tracked():
        text = path.read_bytes()
        if b"\0" not in text and (word := _FORBIDDEN.search(text.decode("utf-8", "replace"))):
            found.append(f"{path.relative_to(ROOT)}: {word[0]}")
    assert found == []


def test_pictures_are_small() -> None:
    """No picture is larger than 300 kB."""
    assert [path.name for path in DOCS.rglob("*.png") if path.stat().st_size > 300_000] == []


def _tests(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def test_every_test_says_what_holds() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in _tests(path)
        if not ast.get_docstring(node)
    ]
    assert silent == []
