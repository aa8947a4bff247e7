"""`leerp contribute`, `contribution` and `hits`: what an officer is answered, and what is refused."""

import pytest

from activities.investigation import InvestigationActivities
from activities.messages import MatchItem
from desk.assembly import open_house, wall_clock
from leerp.settings import Settings
from records import contributions, sightings
from tests.desk.commands import Commands, Said
from tests.postgresql import run_apart

REF = "LEERP-2026-0001"
NOTE = "Seen at a bank\nBeacons to hxxp://panel.evil[.]net/gate from 45.66.77.88, and 1.2.3.4[.]5.\n"


def contribute(leerp: Commands, name: str, content: str | bytes, *more: str, giver: str = "poc-no") -> Said:
    """Hand a file in."""
    path = leerp.home.parent / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return leerp("contribute", REF, str(path), "--from", giver, *more)


def test_a_note_is_listed_and_pooled_by_the_second_command(officer: Commands) -> None:
    """The first command lists and says how to go on, even with --confirm; the second one pools what was listed."""
    first = contribute(officer, "note.txt", NOTE, "--confirm")
    assert (first.code, first.err) == (0, "")
    for line in (
        "  note: 1 x number of more than four parts in line 2: no address; left out",
        "  2 observables found; nothing is pooled before a person confirms this list:",
        "    ipv4:45.66.77.88",
        "  no legal basis at capture was given: this is intelligence, and cannot become evidence as it is",
    ):
        assert line in first.out.splitlines()
    (waiting,) = officer("contribution", "pending", REF, "--json").json
    assert (waiting["contributor"], waiting["observables"]) == ("poc-no", 2)
    second = contribute(officer, "note.txt", NOTE, "--confirm", "--without", "ipv4:45.66.77.88")
    assert second.out.startswith(f"note.txt: pooled as {waiting['id']} in {REF}\n")
    assert "  1 observables pooled" in second.out.splitlines()
    assert officer("contribution", "pending", REF).out == "nothing waits\n"


def test_a_list_with_a_bad_row_is_shown_confirmed_or_discarded(officer: Commands) -> None:
    """Each row that is not read has its line; discarding needs a reason."""
    said = contribute(officer, "a.csv", "ioc;kind\n45.66.77.88;ipv4\n1.2.3.4[.]5;ipv4\n", *COLUMNS, "--json")
    assert (said.json["outcome"], said.json["refused"]) == (
        "pending",
        [{"row": 3, "field": "value", "why": "not an address of version 4"}],
    )
    identifier = said.json["contribution"]
    shown = officer("contribution", "show", REF, identifier)
    assert "    ipv4:45.66.77.88" in shown.out.splitlines()
    refused = officer("contribution", "discard", REF, identifier)
    assert (refused.code, refused.err) == (2, "leerp: say why with --reason; the record keeps it\n")
    done = officer("contribution", "discard", REF, identifier, "--reason", "sent by mistake")
    assert (done.code, done.out) == (0, f"{identifier}: not pooled; its bytes are kept\n")
    assert officer("contribution", "confirm", REF, identifier).code == 1


COLUMNS = ("--columns.value", "ioc", "--columns.type", "kind")


def test_options_say_what_the_file_does_not(officer: Commands) -> None:
    """Marking, handling codes, grade and provenance are stored with the contribution, as its provider's."""
    options = ("--level", "RESTREINT", "--tlp", "amber", "--handling", "H1", "H2", "--h3", "Only for the case of May")
    more = ("--grade", "B2", "--legal-basis", "Order 7/2026", "--how", "network capture", "--tool", "nfdump 1.7")
    said = contribute(officer, "a.csv", "type,value\nipv4,45.66.77.88\n", *options, *more, "--json")
    assert (said.code, said.json["without_legal_basis"]) == (0, False)
    (shown,) = officer("incident", "show", REF, "--json").json["contributions"]
    assert shown["marking"] == "RESTREINT UE/EU RESTRICTED | TLP:AMBER | PAP:CLEAR | H1 | H2 | H3"


@pytest.mark.parametrize(
    ("name", "content", "more", "sentence"),
    [
        ("a.csv", "a,b\n1,2\n", (), "its first row does not name the columns"),
        ("a.xlsx", b"PK\x03\x04rest", (), "a spreadsheet, which is not read; save it as CSV"),
        ("empty.bin", b"", ("--format", "file"), "empty; was the file saved completely?"),
        ("a.txt", NOTE, COLUMNS, "its first row does not name the columns"),
        ("a.csv", "type,value\nipv4,45.66.77.88\n", ("--grade", "Z9"), "is not a grade of the 4x4 grid"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_one_sentence(
    officer: Commands, name: str, content: str | bytes, more: tuple[str, ...], sentence: str
) -> None:
    """With exit code 2, and nothing of it is kept."""
    said = contribute(officer, name, content, *more)
    assert (said.code, said.out) == (2, "")
    assert sentence in said.err
    assert officer("incident", "show", REF, "--json").json["contributions"] == []


def test_hits_are_listed_permitted_and_drawn(officer: Commands) -> None:
    """As the centre and as a reader; an owner's word is answered with what the other one sees now."""
    for giver in ("poc-no", "csirt-lu"):
        content = f"type,value\nipv4,45.66.77.88\nipv4,45.1.1.{len(giver)}\n"
        assert contribute(officer, f"{giver}.csv", content, giver=giver).code == 0
    assert officer("hits", "list", REF).out == "no hits\n"
    run_apart(matched(officer))
    (hit,) = officer("hits", "list", REF, "--json").json
    assert (sorted(hit["owners"]), hit["kinds"]) == (["csirt-lu", "poc-no"], {"ipv4": 1})
    seen = officer("hits", "show", REF, hit["hit"], "--reader", "csirt-lu").out
    assert "the side of poc-no is not shown: owner_has_not_permitted" in seen
    assert "45.66.77.88" not in seen
    words = ("hits", "consent", REF, hit["hit"], "--provider", "poc-no")
    assert officer(*words, "--via", "telephone").err == "leerp: give --given or --refused, one of the two\n"
    said = officer(*words, "--given", "--via", "legal desk by telephone")
    assert said.out == f"Recorded: poc-no permits that csirt-lu sees its side of {hit['hit']}. csirt-lu sees it.\n"
    assert "ipv4:45.66.77.88" in officer("hits", "show", REF, hit["hit"], "--reader", "csirt-lu").out
    drawn = officer("hits", "graph", REF, "--reader", "csirt-lu", "--json").json
    assert "45.66.77.88" in [node["label"] for node in drawn["nodes"]]
    assert officer("hits", "graph", REF, "--reader", "enisa", "--json").json["nodes"] == []
    assert officer("hits", "graph", REF, "--reader", "nobody").code == 2
    assert officer("hits", "graph", "LEERP-2026-0009").code == 2


async def matched(leerp: Commands) -> None:
    """Match everything, as the worker would."""
    async with open_house(Settings(home=leerp.home)) as house:
        async with house.store.reading() as c:
            items = [one.id for one in await contributions.of_incident(c, REF)]
            assert await sightings.unjudged(c, items[0]) == []
        for item in items:
            request = MatchItem(incident=REF, at=wall_clock(), key=f"match/{item}", item=item)
            await InvestigationActivities(house.rooms).meet(request, item, directory=house.rooms.directory())
