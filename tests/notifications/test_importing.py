"""Other directories read in: what is taken, what is left out, and that nothing is invented or lost in silence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.errors import BadInputError
from leerp.formats.strict import yaml_of
from leerp.keys import KeyFile, KeyKind
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.importing import ImportFormat, read_entries
from notifications.importing.differences import as_yaml, differences
from notifications.importing.drafts import Imported

FINGERPRINT = "0123456789abcdef0123456789abcdef01234567"


def read(
    content: str | bytes | dict[str, Any] | list[Any],
    form: ImportFormat = ImportFormat.CSV,
    *,
    group: Group | None = Group.CSIRT_NETWORK,
) -> Imported:
    """Read a file for the channel `mail`."""
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    raw = text.encode() if isinstance(text, str) else text
    return read_entries(raw, form, name="file", channel="mail", group=group)


def answer(*teams: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An answer of the FIRST API."""
    return {"status": "OK", "status-code": 200, "version": "1.0", "total": len(teams), "data": list(teams), **more}


TEAM = {"team": "CERT-NO", "team-full": "Team: Norway", "country": "NO", "email": "desk@cert-no.example"}


def test_a_table_becomes_drafts_without_a_clearance() -> None:
    """Every column that has a place is taken; the clearance is not, and is said, like any other column."""
    table = (
        "\ufeffid;Name;email;group;country;aliases;languages;fingerprint;clearance;telephone\r\n"
        'csirt-el;"Team ""Greece""; Athens";desk@csirt-gr.example;csirt_network;EL;A;el en;'
        + FINGERPRINT
        + ";SECRET;1\r\n"
        "\r\n"
    )
    imported = read(table, group=None)
    (draft,) = imported.drafts
    assert draft.stakeholder == Stakeholder(
        id="csirt-el",
        name='Team "Greece"; Athens',
        group=Group.CSIRT_NETWORK,
        country="GR",
        contacts=(ContactPoint(channel="mail", address="desk@csirt-gr.example"),),
        aliases=("csirt-el", "A"),
        languages=("el", "en"),
    )
    assert (draft.stakeholder.clearance, draft.fingerprint) == (None, FINGERPRINT)
    assert imported.notes == ("columns that are not taken over: clearance, telephone",)
    assert imported.left_out == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,,agency,", "has no e-mail address"),
        ("A,desk at a,agency,", "its address desk has no @"),
        ('A,"<a@b.example>",agency,', "that leerp does not send to"),
        ("Б,a@b.example,agency,", "has no name of which an id could be made"),
        ("A,a@b.example,friends,", "the file does not say its group; say --group"),
        ("A,a@b.example,agency,x", "'x' is not a language tag"),
        ("First,other@first.example,agency,", "has the id first, as line 2 (First) has"),
        ("B,DESK@first.example,agency,", "has the address desk@first.example, as line 2 (First) has"),
    ],
)
def test_an_entry_that_cannot_be_used_is_left_out_and_said(row: str, reason: str) -> None:
    """With its line and the reason; the others are taken."""
    table = f"name,email,group,languages\nFirst,desk@first.example,agency,\n{row}\nLast,desk@last.example,agency,\n"
    imported = read(table, group=None)
    assert [draft.stakeholder.id for draft in imported.drafts] == ["first", "last"]
    (said,) = imported.left_out
    assert said.startswith("line 3")
    assert reason in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("name,mail\na,b\n", "line 1: there is no column 'email'"),
        ("name,email,email\n", "line 1: a column stands twice"),
        ("name,email\na,b,c\n", "line 2: 3 cells where the first line has 2 columns"),
        ('name,email\n"a,b\n', "is a quotation mark missing"),
        (b"name,email\n\xff,b\n", "not UTF-8 text"),
        ("name,email\n" + "\n" * 40_001, "more than 40,000 lines"),
    ],
)
def test_a_table_that_is_none_is_refused(content: str | bytes, said: str) -> None:
    """Nothing of it is taken, and the line is named."""
    with pytest.raises(BadInputError, match=said):
        read(content)


def test_teams_of_first_become_drafts() -> None:
    """Short name, name, country and address; what has no place, and pages that are missing, are said."""
    imported = read(
        answer({**TEAM, "phone": ["+47-1", "+47-2"], "website": None, "member-since": "2001-01-01"}, total=700),
        ImportFormat.FIRST,
    )
    (draft,) = imported.drafts
    assert draft.stakeholder == Stakeholder(
        id="cert-no",
        name="Team: Norway",
        group=Group.CSIRT_NETWORK,
        country="NO",
        contacts=(ContactPoint(channel="mail", address="desk@cert-no.example"),),
        aliases=("CERT-NO",),
    )
    assert imported.notes == (
        "the file holds 1 of 700 teams; fetch the others too (limit and offset)",
        "data.0 (Team: Norway): not taken over: phone = +47-1, +47-2, member-since = 2001-01-01",
    )


def test_nothing_is_guessed_of_a_team() -> None:
    """A country in words is no code, a second address no contact point; without a group it is left out."""
    team = {**TEAM, "country": "Norway", "email": ["desk@cert-no.example", "boss@cert-no.example"]}
    imported = read(answer(team), ImportFormat.FIRST)
    assert imported.drafts[0].stakeholder.country is None
    expected = "data.0 (Team: Norway): not taken over: country = Norway, further addresses = boss@cert-no.example"
    assert imported.notes == (expected,)
    ungrouped = read(answer(TEAM), ImportFormat.FIRST, group=None)
    assert (ungrouped.drafts, len(ungrouped.left_out)) == ((), 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (answer(TEAM, status="ERROR"), "is no answer of the FIRST API"),
        ([TEAM], "is no answer of the FIRST API"),
        (answer({"u": "https://a.example", "s": "A", "t": "Team A", "c": "NO"}), "scope=minimal"),
        ({"status": "OK", "data": ["CERT-NO"]}, "key data: not a list"),
        ('{"status": "OK", "data": [', "not valid JSON"),
    ],
)
def test_an_answer_that_is_none_is_refused(content: Any, said: str) -> None:
    """An error, a list, a scope without addresses, half an answer."""
    with pytest.raises(BadInputError, match=said):
        read(content, ImportFormat.FIRST)


CNW = {
    "team_short_name": "CSIRT-LU",
    "official_name": "National CSIRT of Luxembourg",
    "email": "desk@csirt-lu.example",
    "country": "LU",
    "team_fingerprint": "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567",
    "business_hours": "Mo-Fr",
}
ORGANISATION = {"id": 7, "uuid": "0", "name": "CIRCL", "nationality": "Luxembourg", "sector": "Government"}


@pytest.mark.parametrize(
    "meta",
    [
        [
            {"id": n, "field": key, "value": value, "template_namespace": "cnw"}
            for n, (key, value) in enumerate(CNW.items())
        ],
        {"CSIRT Network organisation fields": CNW},
        {f"CSIRT Network organisation fields_v2:{key}": value for key, value in CNW.items()},
    ],
)
def test_an_organisation_of_cerebrate_becomes_a_draft(meta: Any) -> None:
    """Whichever way its fields are written; the fingerprint is kept, the hours in words are said."""
    imported = read([{**ORGANISATION, "meta_fields": meta}], ImportFormat.CEREBRATE)
    (draft,) = imported.drafts
    assert draft.stakeholder == Stakeholder(
        id="csirt-lu",
        name="National CSIRT of Luxembourg",
        group=Group.CSIRT_NETWORK,
        country="LU",
        contacts=(ContactPoint(channel="mail", address="desk@csirt-lu.example"),),
        aliases=("CSIRT-LU", "CIRCL"),
    )
    assert draft.fingerprint == FINGERPRINT
    said = "entry 0 (National CSIRT of Luxembourg): not taken over: sector = Government, business_hours = Mo-Fr"
    assert imported.notes == (said,)


def test_every_field_of_the_templates_is_taken_or_said() -> None:
    """The two contact directories of Cerebrate, as its own templates list their fields."""
    shared = Path(__file__).resolve().parents[3] / "shared" / "data" / "cerebrate"
    templates = sorted(shared.glob("*.json"))
    if not templates:
        pytest.skip("the templates of Cerebrate are not on this machine")
    for template in templates:
        names = [one["field"] for one in json.loads(template.read_text())["metaFields"]]
        values = {name: f"value of {name}" for name in names} | {"email": "desk@a.example", "country": "FR"}
        imported = read({"name": "A", "meta_fields": {"template": values}}, ImportFormat.CEREBRATE)
        (draft,) = imported.drafts
        kept = f"{draft.stakeholder.model_dump_json()} {imported.notes}"
        assert [name for name in names if values[name] not in kept] == []


@pytest.mark.parametrize("content", [{"id": 1}, ["CIRCL"], 7, [{"name": {}}]])
def test_organisations_that_are_none_are_refused(content: Any) -> None:
    """An entry without a name is no organisation."""
    with pytest.raises(BadInputError, match="again"):
        read(content, ImportFormat.CEREBRATE)


HOSTILE = st.one_of(
    st.text(max_size=300), st.sampled_from(("desk@a.example", "FR", "NO", "a: b", "- x", "#", "null", "{{"))
)


@given(
    teams=st.lists(
        st.dictionaries(st.sampled_from((*TEAM, "phone")), HOSTILE | st.lists(HOSTILE, max_size=3)), max_size=5
    )
)
@settings(deadline=None, max_examples=200)
def test_whatever_a_team_says_its_draft_is_read_back_the_same(teams: list[dict[str, Any]]) -> None:
    """The YAML that is written gives exactly the drafts again; nothing in a name breaks out of it; none gets lost."""
    imported = read(answer(*teams), ImportFormat.FIRST)
    assert len(imported.drafts) + len(imported.left_out) == len(teams)
    written = as_yaml(imported.drafts, source="first.json")
    again = [Stakeholder.model_validate(one) for one in yaml_of(written.encode(), name="new")["stakeholders"]]
    assert again == [draft.stakeholder for draft in imported.drafts]
    assert all("\n" not in sentence and sentence.isprintable() for sentence in (*imported.notes, *imported.left_out))


def present(*stakeholders: Stakeholder) -> Directory:
    """A directory of these."""
    contacts = (ContactPoint(channel="mail", address="a@ec3.example"),)
    centre = Stakeholder(id="ec3", name="centre", group=Group.EC3, contacts=contacts)
    return Directory(version="1", centre=centre, stakeholders=stakeholders)


def known(identifier: str, address: str, **more: Any) -> Stakeholder:
    """A CSIRT in the directory."""
    contact = ContactPoint(channel="mail", address=address, key=more.pop("key", None))
    values = {"id": identifier, "name": identifier, "group": Group.CSIRT_NETWORK, "contacts": (contact,)}
    return Stakeholder.model_validate({**values, **more})


def test_an_import_is_held_against_the_directory() -> None:
    """New, another address, another key, the same under an alias, gone in the same group; left out is not gone."""
    key = KeyFile(kind=KeyKind.OPENPGP, fingerprint="f" * 40, pinned_at="2026-01-01T00:00:00Z", file="k")
    directory = present(
        known("moved", "old@moved.example"),
        known("rekeyed", "desk@rekeyed.example", key=key),
        known("csirt-x", "desk@x.example", aliases=("Known by another name",)),
        known("faulty", "desk@faulty.example"),
        known("gone", "desk@gone.example"),
        known("elsewhere", "desk@elsewhere.example", group=Group.AGENCY),
    )
    table = (
        "name,email,fingerprint\n"
        "New,desk@new.example,\n"
        "Moved,new@moved.example,\n"
        f"Rekeyed,desk@rekeyed.example,{FINGERPRINT}\n"
        "known by another name,DESK@x.example,\n"
        "Faulty,no address,\n"
    )
    found = differences(read(table), directory)
    assert [draft.stakeholder.id for draft in found.new] == ["new"]
    assert found.addresses == ("moved: mail old@moved.example in the directory, new@moved.example in the file",)
    assert found.keys == (f"rekeyed: key {'f' * 40} in the directory, {FINGERPRINT} in the file",)
    assert (found.gone, found.same) == (("gone",), 1)


def test_new_entries_are_written_to_be_taken_over() -> None:
    """Under `stakeholders`, with the country as a text, and the fingerprint as a word to the operator."""
    imported = read("name,email,country,fingerprint\nA,desk@a.example,NO," + FINGERPRINT + "\n")
    assert as_yaml(imported.drafts, source="list.csv").splitlines()[1:] == [
        "stakeholders:",
        "  - id: a",
        "    name: A",
        "    group: csirt_network",
        "    country: NO",
        "    contacts:",
        "      - channel: mail",
        "        address: desk@a.example",
        f"    # a key is said to have the fingerprint {FINGERPRINT}: fetch it, check, pin it",
    ]
