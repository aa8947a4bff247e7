"""The forms of acts without an engine: what they show, what hostile or careless input does, and who gets to which."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from desk.access.acts import MAY, MAY_ACT, DeskAct, may
from desk.access.principals import principal_of
from desk.web.acting import evidence as evidence_forms
from desk.web.acting import menu as menus
from desk.web.acting.all_forms import FORMS
from desk.web.acting.facts_form import fact_groups, facts_of
from desk.web.acting.fields import Values
from desk.web.acting.menu import acts_for
from desk.web.telling import sentence
from leerp.errors import BadInputError
from leerp.facts import Amount, Facts
from leerp.incidents import IncidentPatch, Phase, Status
from leerp.journal import GENESIS, JournalEntry, JournalKind
from leerp.protocol import ActName
from records import incidents, journal
from records.views import incident_view
from tests.desk.acting import HOSPITALS, Officer, officers, problem_in
from tests.desk.browsing import DeskHere, desk_here

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x00\u202e\ud7ff{{7*7}}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskHere]:
    """A desk; no engine runs."""
    async with desk_here(tmp_path / "home") as here:
        yield here


async def stands(one: Officer, phase: Phase, *waits: str, status: Status = Status.EMERGENCY) -> None:
    """Put the incident somewhere, as its workflow would."""
    async with one.desk.house.store.writing() as tx:
        await incidents.patch(tx, one.reference, IncidentPatch(phase=phase, status=status, waiting_for=waits))


def fields_of(text: str) -> list[str]:
    """The names of the fields of a form."""
    return [name for name in re.findall(r'name="([^"]+)"', text) if name not in ("csrf", "act", "viewport")]


async def test_every_act_has_a_form_whose_fields_are_labelled(desk: DeskHere) -> None:
    """Each act has a page with a form of its own id, a label for every field, and a button of its own."""
    (one,) = await officers(desk, "head-of-operations", facts=HOSPITALS)
    await stands(one, Phase.TRIAGE, "a decision: launch, normal or watch (decide)", status=Status.OPEN)
    assert {form.act for form in FORMS.values()} >= set(ActName)
    assert len({form.button for form in FORMS.values()}) == len(FORMS)
    for name, form in FORMS.items():
        page = await one.page(f"/acts/{name}")
        assert escape(form.title) in page
        if f'id="act-{name}"' not in page:
            assert 'class="impossible"' in page, name
            continue
        labelled = set(re.findall(r'<label for="([^"]+)"', page))
        for field in re.findall(
            r'<(?:select|textarea|input type="(?:text|number|file|datetime-local)")[^>]* id="([^"]+)"', page
        ):
            assert field in labelled, (name, field)
        assert len(re.findall(r' id="([^"]+)"', page)) == len(set(re.findall(r' id="([^"]+)"', page))), name
        assert not re.search(r' style="| on[a-z]+="', page)


async def test_hostile_and_careless_input_is_answered_in_one_sentence(desk: DeskHere) -> None:
    """Every form with rubbish in every field, and with nothing at all: never a 500, and nothing unescaped."""
    (one,) = await officers(desk, "head-of-operations", facts=HOSPITALS, title=HOSTILE.replace("\x00", ""))
    await stands(one, Phase.TRIAGE, "a decision (decide)", status=Status.OPEN)
    carried = await one.form("/acts/decide")
    async with desk.house.store.reading() as connection:
        before = await incident_view(connection, one.reference)
    for name, form in FORMS.items():
        if form.make is None or name == "evidence-check":  # which takes a reason alone, in any words
            continue
        page = await one.page(f"/acts/{name}")
        rubbish: dict[str, Any] = dict.fromkeys(fields_of(page), HOSTILE)
        file: dict[str, Any] = {"file": ('x".yaml', b"\xff{[", "text/plain")}
        for typed in (rubbish, file if "file" in rubbish else {}):
            answer = await one.send(f"/acts/{name}", carried, **typed)
            assert answer.status_code in (403, 404, 409, 422, 503), (name, answer.status_code, answer.text)
            assert "<script>alert" not in answer.text, name
            assert "<img src=x" not in answer.text, name
            assert "49" not in problem_in(answer.text)
    async with desk.house.store.reading() as connection:
        assert await incident_view(connection, one.reference) == before


async def test_without_an_engine_a_form_can_be_sent_again(desk: DeskHere) -> None:
    """A 503 keeps what was typed and the id, so that the next try is the same act; a refusal mints a new one."""
    (one,) = await officers(desk, "duty-officer")
    await stands(one, Phase.TRIAGE, "a decision (decide)", status=Status.OPEN)
    fresh = await one.form("/acts/decide")
    away = await one.send("/acts/decide", fresh, choice="launch", reason="a <worm>")
    assert away.status_code == 503
    assert f'name="act" value="{fresh["act"]}"' in away.text
    assert "a &lt;worm&gt;" in away.text
    assert re.search(r'value="launch" checked', away.text)
    empty = await one.send("/acts/decide", fresh, reason="no choice")
    assert (empty.status_code, "Decision: " in problem_in(empty.text)) == (422, True)
    assert f'name="act" value="{fresh["act"]}"' not in empty.text
    assert (await one.send("/acts/decide", {"act": fresh["act"]}, choice="launch")).status_code == 403


async def test_who_may_not_do_an_act_does_not_get_to_its_form(desk: DeskHere) -> None:
    """For each role and each act: the page is there for whom the one table says, and for nobody else."""
    people = ("duty-officer", "malware-analyst-1")
    everybody = await officers(desk, *people)
    for one, person in zip(everybody, people, strict=True):
        officer = desk.house.rooms.directory().officer(person)
        assert officer is not None
        for name, form in FORMS.items():
            allowed = may(officer.roles, form.act)
            answer = await one.browser.get(f"{one.path}/acts/{name}")
            assert answer.status_code == (200 if allowed else 403), (person, name)
    stranger = await desk.browser()
    assert {(await stranger.get(f"{everybody[0].path}/acts/{name}")).status_code for name in FORMS} == {401}
    assert {*MAY, *MAY_ACT} >= {form.act for form in FORMS.values()}


async def test_an_incident_that_one_is_not_admitted_to_is_not_there(desk: DeskHere) -> None:
    """An unknown incident and its forms answer 404, whoever asks."""
    (one,) = await officers(desk, "duty-officer")
    for rest in ("/acts/decide", "/acts/assess", "/what-if", "/notices/N-1"):
        assert (await one.browser.get(f"/incidents/LEERP-1999-0001{rest}")).status_code == 404
    assert (await one.browser.get(f"{one.path}/notices/N-1")).status_code == 404
    assert (await one.browser.get(f"{one.path}/acts/nothing")).status_code == 404


async def test_the_menu_names_what_is_waited_for_first_and_nothing_that_cannot_be_done(desk: DeskHere) -> None:
    """The decision is the first thing in triage, not for whom has proposed it; after the end little is left."""
    one, other, analyst = await officers(desk, "duty-officer", "head-of-operations", "malware-analyst-1")
    del other, analyst
    second = "a second person to confirm launch, proposed by duty-officer (decide)"
    await stands(one, Phase.TRIAGE, "a decision: launch, normal or watch (decide)", second, status=Status.OPEN)
    view = await one.view()
    directory = desk.house.rooms.directory()

    def menu(person: str) -> list[tuple[str, bool]]:
        principal = principal_of(directory, person)
        assert principal is not None
        return [(entry.path.rpartition("/")[2], entry.primary) for entry in acts_for(principal, view)]

    assert menu("head-of-operations")[0] == ("decide", True)
    assert ("decide", False) in menu("duty-officer")
    assert "decide" not in dict(menu("malware-analyst-1"))
    assert "close" not in dict(menu("head-of-operations"))
    await stands(one, Phase.WARNING, "the early warning to be released (release)")
    view = await one.view()
    assert {"close", "warn", "meet"} <= dict(menu("duty-officer")).keys()
    assert not {"plan-agree", "product-draft", "team-confirm", "plan-outcome"} & dict(menu("duty-officer")).keys()
    await stands(one, Phase.CLOSURE, status=Status.CLOSED)
    view = await one.view()
    assert menu("duty-officer") == []


def test_no_two_acts_of_the_menu_have_one_key() -> None:
    """A key chooses one act."""
    entries = [
        *menus._TRIAGE,
        *menus._ALWAYS,
        *menus._LAUNCHED,
        *menus._POOL,
        *menus._PRIVATE,
        menus._ACKNOWLEDGE,
        menus._HITS,
    ]
    keys = [entry.key for entry in entries if entry.key]
    assert len(keys) == len(set(keys))
    elsewhere = {"release"} | {form.name for form in evidence_forms.FORMS}
    assert {entry.name for entry in entries} | elsewhere == FORMS.keys()


async def test_what_if_changes_nothing_and_says_what_would_be_otherwise(desk: DeskHere) -> None:
    """Other facts, another table: the result, beside what stands; the incident and its journal stay as they are."""
    (one,) = await officers(desk, "malware-analyst-1")
    async with desk.house.store.reading() as connection:
        before = await journal.lines(connection, one.reference)
    milder = await one.send("/what-if", None, **{"fact-activity": "none"})
    graver = await one.send(
        "/what-if", None, **{"fact-life_threat": "yes", "fact-victims_min": "900", "fact-activity": "effect"}
    )
    other = await one.send("/what-if", None, **{"fact-activity": "effect", "table": "nciss"})
    wrong = await one.send("/what-if", None, **{"fact-victims_min": "12 <b>"})
    assert [answer.status_code for answer in (milder, graver, other, wrong)] == [200, 200, 200, 422]
    assert "now too: attack-endangers-life" in graver.text
    assert "recommended: watch" in milder.text
    assert "Score" in other.text
    assert 'value="12 &lt;b&gt;"' in wrong.text
    async with desk.house.store.reading() as connection:
        assert await journal.lines(connection, one.reference) == before
    planner = await desk.browser("operational-analyst-1")
    assert (await planner.get(f"{one.path}/what-if")).status_code == 200


def _form_of(facts: Facts) -> FormData:
    """What a browser sends when the controls show these facts."""
    sent: list[tuple[str, str | UploadFile]] = []
    for group in fact_groups(facts, filled=True):
        for one in group.controls:
            name = f"fact-{one.fact}"
            if one.shape == "amount":
                sent += [
                    (f"{name}-{end}", value) for end, value in zip(("at_least", "at_most"), one.given, strict=False)
                ]
            elif one.shape == "line" and one.fact == "countries":
                sent.append((name, " ".join(one.given)))
            else:
                sent += [(name, value) for value in one.given]
    return FormData(sent)


_AMOUNTS = st.builds(
    lambda low, more: Amount(at_least=low, at_most=low + more), st.integers(0, 10**9), st.integers(0, 99)
)


@given(
    st.builds(
        Facts,
        activity=st.sampled_from([None, "effect", "none"]),
        countries=st.lists(st.sampled_from(["ES", "GB", "FR"])).map(tuple),
        sectors=st.lists(st.sampled_from(["health", "ict-services"])).map(tuple),
        types=st.lists(st.sampled_from(["intrusions", "availability:ddos"])).map(tuple),
        life_threat=st.sampled_from([None, True, False]),
        victims_min=st.none() | st.integers(0, 10**6),
        loss_eur=st.none() | _AMOUNTS,
        rebuttal=st.none() | st.just("a signed statement"),
    )
)
def test_facts_come_back_from_their_controls_as_they_were(facts: Facts) -> None:
    """What the controls show is what they send: no fact is changed by being looked at, and unknown stays unknown."""
    assert facts_of(Values(_form_of(facts))) == facts


@given(st.dictionaries(st.sampled_from([f"fact-{name}" for name in Facts.model_fields]), st.text(max_size=40)))
def test_whatever_is_typed_as_a_fact_is_read_or_refused(typed: dict[str, str]) -> None:
    """Any text in any control gives facts or a sentence, and nothing else."""
    try:
        facts_of(Values(FormData(list(typed.items()))))
    except (BadInputError, ValidationError):
        return


@pytest.mark.parametrize("kind", list(JournalKind))
def test_every_entry_can_be_told_in_a_sentence(kind: JournalKind) -> None:
    """Whatever an act has written, the page after it says so in words, and never more than ids and words."""
    data = {"choice": "launch", "notice": "N-1", "reason": "secret " * 50, "level": "high"}
    at = "2026-11-22T03:10:00.000000+00:00"
    entry = JournalEntry(seq=7, incident="I", at=at, actor="a", kind=kind, data=data, prev=GENESIS, hash=GENESIS)
    told = sentence(entry)
    assert "journal entry 7" in told
    assert "secret" not in told
    assert "{" not in told


def test_the_table_knows_the_acts_that_forms_are_for() -> None:
    """Acts beside the protocol are for those whom their own checks take."""
    assert MAY[DeskAct.KEEP_DECISION] == MAY[DeskAct.TAKE_CONTRIBUTION]
    assert MAY[DeskAct.DECIDE_PRIVATE_DATA] == MAY[DeskAct.ANSWER_HIT]
