"""Pseudonyms: nobody and nothing is recognised, and what belonged together still does."""

import ipaddress
import re
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.checking import faults
from exercises.exchange.sources import leaves
from exercises.injects import ReportInject
from exercises.library import load, names
from exercises.pseudonym_directory import directory_with
from exercises.pseudonym_values import Values
from exercises.pseudonyms import LEFT_OUT, Pseudonymised, pseudonymised, strings
from exercises.scenario import Scenario
from leerp.errors import BadInputError
from leerp.notices import NoticeKind
from leerp.observables import ObservableKind, normalise
from leerp.stakeholders import Directory
from leerp.targets import TargetKind
from notifications.audience import EUROJUST, audience
from tests.exercises.all_deeds import DEEDS
from tests.exercises.exchange.exchanging import example_directory
from tests.exercises.scenarios import SHORT, scenario
from tests.exercises.whole_form import WHOLE

KEY = b"a key that nobody guesses"

addresses = st.ip_addresses(v=4).map(str)
labels = st.from_regex(r"[a-z]([a-z0-9]{0,6})", fullmatch=True)
domains = st.lists(labels, min_size=2, max_size=4).map(lambda parts: ".".join([*parts, "com"]))


def values(*known: str) -> Values:
    """Replacements with the key of these tests."""
    return Values(KEY, addresses=known)


@settings(deadline=None, max_examples=40)
@given(st.lists(addresses, min_size=2, max_size=8, unique=True))
def test_addresses_of_one_network_stay_in_one_and_common_prefixes_stay(found: list[str]) -> None:
    """One to one, a /24 for a /24, and two addresses share as many bits below it as they did."""
    kept = values(*found)
    new = [ipaddress.IPv4Address(kept.address(one)) for one in found]
    assert len(set(new)) == len(found)
    for (one, other), (here, there) in zip(pairwise(found), pairwise(new), strict=True):
        before = int(ipaddress.IPv4Address(one)) ^ int(ipaddress.IPv4Address(other))
        after = int(here) ^ int(there)
        assert (before >> 8 == 0) == (after >> 8 == 0)
        if before >> 8 == 0:
            assert before.bit_length() == after.bit_length()


def test_addresses_come_from_what_is_reserved() -> None:
    """The ranges of RFC 5737, then those for benchmarks, then what nobody uses; IPv6 is 2001:db8::/32."""
    found = [f"10.{a}.{b}.7" for a in range(3) for b in range(200)]
    kept = values(*found)
    allowed = [ipaddress.ip_network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
    spare = [ipaddress.ip_network("198.18.0.0/15"), ipaddress.ip_network("240.0.0.0/4")]
    new = [ipaddress.ip_address(kept.address(one)) for one in found]
    assert sum(any(one in network for network in allowed) for one in new) == 3
    assert all(any(one in network for network in (*allowed, *spare)) for one in new)
    assert len(set(new)) == len(found)
    assert ipaddress.ip_address(kept.address("2a00:1450::5")) in ipaddress.ip_network("2001:db8::/32")
    assert kept.address("2a00:1450::5")[:19] == kept.address("2a00:1450::6")[:19]


@settings(deadline=None, max_examples=40)
@given(domains, labels, labels)
def test_a_subdomain_stays_one_and_mailboxes_and_links_stay_at_their_host(domain: str, below: str, local: str) -> None:
    """As many labels, all under `.example`."""
    kept = values()
    new = kept.domain(domain)
    assert new.endswith(".example")
    assert kept.domain(f"{below}.{domain}").endswith(f".{new}")
    assert kept.domain(f"{below}.{domain}").count(".") == new.count(".") + 1
    assert kept.mail(f"{local}@{domain}").endswith(f"@{new}")
    assert kept.url(f"https://{domain}:8443/{local}/x?q={local}").startswith(f"https://{new}:8443/")
    assert normalise(ObservableKind.DOMAIN, new) == new


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (ObservableKind.MD5, "d41d8cd98f00b204e9800998ecf8427e", r"[0-9a-f]{32}"),
        (ObservableKind.SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709", r"[0-9a-f]{40}"),
        (ObservableKind.SHA256, "ab" * 32, r"[0-9a-f]{64}"),
        (ObservableKind.SHA512, "ab" * 64, r"[0-9a-f]{128}"),
        (ObservableKind.WALLET, "13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94", r"1[1-9A-HJ-NP-Za-km-z]{33}"),
        (ObservableKind.WALLET, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", r"bc1[02-9ac-hj-np-z]{39}"),
        (ObservableKind.WALLET, "0x52908400098527886E0F7030069857D2E4169EE7", r"0x[0-9a-f]{40}"),
        (ObservableKind.CVE, "CVE-2017-0144", r"CVE-2099-\d{8}"),
        (ObservableKind.ASN, "AS3333", r"AS42\d{8}"),
        (ObservableKind.FILENAME, "mssecsvc.exe", r"[a-z2-7]{8}\.exe"),
        (ObservableKind.MUTEX, "MsWinZonesCacheCounterMutexA", r"mutex-[a-z2-7]{8}"),
        (ObservableKind.REGISTRY_KEY, r"HKLM\Software\WanaCrypt0r", r"HKLM\\[a-z2-7]{6}\\[a-z2-7]{6}"),
        (ObservableKind.URL, "http://198.51.100.7/a", r"http://240\.\d+\.\d+\.\d+/[a-z2-7]{6}"),
        (TargetKind.SERVER, "c2.evil.com", r"[a-z2-7]{6}\.[a-z2-7]{10}\.example"),
        (TargetKind.ACCOUNT, "boss@evil.com", r"[a-z2-7]{8}@[a-z2-7]{10}\.example"),
        (TargetKind.HANDLE, "boss", r"handle-[a-z2-7]{8}"),
    ],
)
def test_a_value_is_replaced_by_one_of_its_kind(kind: str, value: str, form: str) -> None:
    """Of the same length or shape; the same by the same, and by another with another key."""
    new = values().observable(kind, value)
    assert re.fullmatch(form, new), new
    assert new == values().observable(kind, value)
    assert new != Values(b"another key").observable(kind, value)


def test_a_range_stays_around_its_addresses() -> None:
    """What is planned against a range still meets what was seen in it."""
    kept = values("10.1.2.0/25", "10.1.2.9", "10.1.2.200")
    around = ipaddress.ip_network(kept.observable(TargetKind.IP_RANGE, "10.1.2.0/25"))
    assert around.prefixlen == 25
    assert ipaddress.ip_address(kept.address("10.1.2.9")) in around
    assert ipaddress.ip_address(kept.address("10.1.2.200")) not in around


@cache
def of_library(name: str) -> Scenario:
    """A scenario of the library, read once."""
    return load(name)


def originals(scenario: Scenario, directory: Directory) -> set[str]:
    """Every name and value that must not be seen: found here by reading the files, not by what replaces them."""
    everybody = (directory.centre, *directory.stakeholders)
    found = {one for who in everybody for one in (who.id, who.name, *who.aliases)}
    found |= {contact.address for who in everybody for contact in who.contacts}
    found |= {name for officer in directory.officers for name in (officer.id, officer.name)}
    for inject in scenario.injects:
        if isinstance(inject, ReportInject):
            found |= {one.value for one in inject.says.observables}
        contributed = getattr(getattr(inject, "says", None), "observables", ())
        found |= {one.value for one in contributed}
    return found


def read_in(text: str, wanted: set[str]) -> set[str]:
    """Which of these can be read in a text, whatever the case, as words of their own."""
    folded = text.casefold()
    return {one for one in wanted if re.search(rf"(?<![^\W_]){re.escape(one.casefold())}(?![^\W_])", folded)}


def seen(done: Pseudonymised, wanted: set[str]) -> set[str]:
    """Which of these can be read in the file that would be written, beside the keys of the format."""
    return read_in("\n".join(str(value) for _, value in leaves(done.document)), wanted)


@pytest.mark.parametrize("name", [name for name in ("wannacry-2017", "hse-2021") if name in names()])
@pytest.mark.parametrize("keep_text", [False, True])
def test_no_original_is_read_anywhere_in_the_output(name: str, *, keep_text: bool) -> None:
    """The whole output is searched for every name, address and observable; what is left is a scenario."""
    read = of_library(name)
    done = pseudonymised(read, key=KEY, directory=example_directory(), keep_text=keep_text)
    wanted = {one for one in originals(read, example_directory()) if one.casefold() != EUROJUST}
    assert len(wanted) > 100
    assert seen(done, wanted) == set()
    assert name not in str(done.document)
    back = Scenario.model_validate(done.document)
    assert [(one.number, one.at, one.kind) for one in back.injects] == [
        (one.number, one.at, one.kind) for one in read.injects
    ]


def test_the_same_is_replaced_by_the_same_everywhere() -> None:
    """A sender is the reader and the owner it was; two reports that share a value still share it."""
    read = of_library("wannacry-2017")
    done = pseudonymised(read, key=KEY, directory=example_directory())
    back = Scenario.model_validate(done.document)
    pairs: dict[str, str] = {}
    for before, after in zip(read.injects, back.injects, strict=True):
        if isinstance(before, ReportInject) and isinstance(after, ReportInject):
            was = [before.sender, *(one.value for one in before.says.observables)]
            now = [after.sender, *(one.value for one in after.says.observables)]
            for one, other in zip(was, now, strict=True):
                assert pairs.setdefault(one, other) == other
    assert len(set(pairs.values())) == len(pairs)


def test_texts_are_left_out_or_kept_with_what_is_known_replaced() -> None:
    """Also a value that only the text holds, and one that was written so that nobody clicks it."""
    text = SHORT.replace(
        "title: A worm spreads",
        "title: A worm spreads\n      narrative: See evil[.]com and mail boss@evil.com at 10.1.2.3, says ENISA",
    )
    out = pseudonymised(scenario(text), key=KEY, directory=example_directory())
    kept = pseudonymised(scenario(text), key=KEY, directory=example_directory(), keep_text=True)
    assert out.left_out > 0
    assert "narrative" not in out.document["injects"][0]["says"] or LEFT_OUT in str(out.document["injects"][0]["says"])
    said = kept.document["injects"][0]["says"]["narrative"]
    host, address = r"[a-z2-7]{10}\.example", r"\d+\.\d+\.\d+\.\d+"
    assert re.fullmatch(rf"See {host} and mail [a-z2-7]{{8}}@{host} at {address}, says party-\d+", said), said
    assert seen(kept, {"evil.com", "boss@evil.com", "10.1.2.3", "enisa", "worm.example"}) == set()


def test_eurojust_keeps_the_id_by_which_it_is_invited() -> None:
    """Its name and addresses are replaced like those of others, and a meeting still finds it in the directory."""
    real = example_directory()
    done = pseudonymised(load("wannacry-2017"), key=KEY, directory=real)
    told = directory_with(real, people=done.people, values=done.values)
    before, after = (one.stakeholder("eurojust") for one in (real, told))
    assert before is not None
    assert after is not None
    assert (after.name, after.group) == ("eurojust", before.group)
    assert {one.address for one in after.contacts} & {one.address for one in before.contacts} == set()
    meeting = [audience(NoticeKind.MEETING, one, eurojust=True) for one in (real, told)]
    assert len(meeting[0]) == len(meeting[1]) > 0


def test_a_value_without_its_kind_is_replaced_as_the_value_with_it() -> None:
    """Which observable is whose still meets the observable that it is said of, also where a text names it."""
    done = pseudonymised(scenario(DEEDS), key=KEY, directory=example_directory(), keep_text=True)
    injects = done.document["injects"]
    (observable,) = injects[0]["says"]["observables"]
    (assigned,) = next(one["does"]["assigned"] for one in injects if "assigned" in one.get("does", {}))
    assert observable["value"] == assigned["value"]
    assert observable["value"].endswith(".example")


@pytest.mark.parametrize("keep_text", [False, True])
def test_every_form_that_a_scenario_has_stays_whole(*, keep_text: bool) -> None:
    """Cast, branches, conditions, faults and contingencies: what comes out is a scenario without a fault."""
    read = scenario(WHOLE)
    done = pseudonymised(read, key=KEY, directory=example_directory(), keep_text=keep_text)
    back = Scenario.model_validate(done.document)
    assert list(faults(back)) == []
    assert seen(done, originals(read, example_directory())) == set()
    assert [one.kind for one in back.injects] == [one.kind for one in read.injects]
    assert len(back.cast) == len(read.cast)


def test_another_key_gives_other_pseudonyms() -> None:
    """Without the key nobody can say who is party-3."""
    first, same, other = (
        pseudonymised(of_library("wannacry-2017"), key=key, directory=example_directory())
        for key in (KEY, KEY, b"z" * 20)
    )
    assert first.document == same.document
    assert first.people != other.people
    assert set(strings(first.document["injects"][0]["says"])) != set(strings(other.document["injects"][0]["says"]))


def test_a_directory_with_the_same_pseudonyms_fits_the_scenario() -> None:
    """Groups, clearances and channels are kept, so it can be played; nobody in it is recognised."""
    read = of_library("wannacry-2017")
    done = pseudonymised(read, key=KEY, directory=example_directory())
    directory = directory_with(example_directory(), people=done.people, values=done.values)
    assert list(faults(Scenario.model_validate(done.document), directory=directory)) == []
    words = {"group", "skills", "roles", "languages", "country", "clearance"}
    everybody = (directory.centre, *directory.stakeholders, *directory.officers)
    said = "\n".join(one.model_dump_json(exclude=words) for one in everybody)
    assert {one.casefold() for one in read_in(said, originals(read, example_directory()))} == {EUROJUST}
    groups = [one.group for one in directory.stakeholders]
    assert groups == [one.group for one in example_directory().stakeholders]


def test_what_would_still_be_seen_is_not_handed_out() -> None:
    """An alias that is also a word of the format cannot be taken out: nothing is written, and the reason is said."""
    directory = example_directory()
    someone = directory.stakeholders[0].model_copy(update={"aliases": ("report",)})
    changed = directory.model_copy(update={"stakeholders": (someone, *directory.stakeholders[1:])})
    with pytest.raises(BadInputError, match="'report' would still be read in the scenario; nothing was written"):
        pseudonymised(scenario(), key=KEY, directory=changed)
