"""Whatever bytes come in, a report or one sentence comes out, and soon."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leerp.contributions import Contribution, Told
from leerp.errors import BadInputError
from leerp.formats.contributed import read_contributed
from leerp.formats.reading import read_report
from leerp.reports import Report, ReportFormat
from tests.formats.examples import (
    NOW,
    UUID,
    attribute,
    mail,
    misp,
    own,
    own_contribution,
    sco,
    sdo,
    stix,
    stix_id,
    tags,
)

SEEDS = (
    misp(
        attribute("ip-dst|port", "198.51.100.7|443", Tag=tags("tlp:green")),
        attribute("domain", "bücher.example"),
        Object=[{"name": "file", "Attribute": [attribute("filename|md5", f"a.exe|{'a' * 32}")]}],
        Tag=tags("tlp:amber", 'admiralty-scale:source-reliability="b"', 'nis2:impact-sectors-impacted="energy"'),
        EventReport=[{"name": "x", "content": "y"}],
    ),
    stix(
        sdo("identity", name="CERT Ruritania"),
        sdo("report", name="x", published="2026-11-21T11:00:00Z", object_refs=[stix_id("file")], labels=["tlp:red"]),
        sdo("indicator", pattern="[file:name = 'a' OR ipv4-addr:value IN ('198.51.100.7')]", pattern_type="stix"),
        sdo("marking-definition", definition_type="tlp", definition={"tlp": "green"}),
        sdo("observed-data", first_observed="2026-11-20T00:00:00Z", objects={"0": {"type": "url", "value": "a.b"}}),
        sdo("vulnerability", external_references=[{"external_id": "CVE-2017-0144"}]),
        sco("file", name="a.exe", hashes={"MD5": "a" * 32}, object_marking_refs=[stix_id("marking-definition")]),
        sco("autonomous-system", number=7),
    ),
    own(
        observed_at="2026-11-22T09:00:00Z",
        marking={
            "level": "RESTREINT",
            "handling": [{"code": "H3", "provider": "ec3", "text": "x"}],
            "releasable_to": [["country:DE"]],
        },
        facts={"countries": ["EL", "NO"], "victims_min": 1, "victims_max": 4, "sectors": ["energy"]},
        grade={"scale": "4x4", "code": "B2"},
    ),
    own_contribution(grade={"scale": "admiralty", "code": "B2"}),
)

ODD: list[Any] = [
    *(None, True, 0, -1, 2**63, 1e308, float("inf"), 0.5, [], {}, [[]], [None], {"a": {}}, ["x", "x"]),
    *("", "x", "\x00", "\ud800", "\u202e", "é" * 300, "a" * 5_000, "[", "'", UUID, "tlp:red", "198.51.100.7", "::1%x"),
    *("2026-13-99", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", {"type": "bundle"}, {"Event": 1}),
]

RAW = mail(
    header="Content-Type: multipart/mixed; boundary=b\nDate: Sun, 22 Nov 2026 11:00:00 +0000",
    body="--b\n\nevil[.]com\n--b--",
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    stack = [value]
    while stack:
        one = stack.pop()
        pairs = list(one.items()) if isinstance(one, dict) else list(enumerate(one)) if isinstance(one, list) else []
        for key, child in pairs:
            yield one, key
            stack.append(child)


def mutated(seed: Any, chance: random.Random) -> Any:
    """The seed with a few values replaced, removed, doubled or moved."""
    value = copy.deepcopy(seed)
    for _ in range(chance.randint(1, 4)):
        spots = list(places(value))
        if not spots:
            break
        container, key = chance.choice(spots)
        act = chance.randrange(4)
        if act == 0:
            container[key] = copy.deepcopy(chance.choice(ODD))
        elif act == 1:
            del container[key]
        elif act == 2 and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            other, source = chance.choice(spots)
            if source in other if isinstance(other, dict) else source < len(other):
                container[key] = copy.deepcopy(other[source])
    return value


def check(content: bytes, wanted: ReportFormat | None = None) -> None:
    """A file ends as a report and a contribution, or in one sentence each."""
    readers: tuple[Callable[[], Report | Contribution], ...] = (
        lambda: read_report(
            content, name="file", format=wanted, source=None, source_of=lambda _: "ec3", received_at=NOW
        ),
        lambda: (
            read_contributed(
                content, name="file", contributor="cert-ruritania", received_at=NOW, told=Told()
            ).contribution
        ),
    )
    for read in readers:
        try:
            result = read()
        except BadInputError as error:
            sentence = error.sentence
        else:
            sentence = "file: read"
            assert type(result).model_validate_json(result.model_dump_json()) == result
        assert (sentence.isprintable(), sentence.startswith("file")) == (True, True)


ENOUGH = settings(max_examples=250, deadline=20_000, suppress_health_check=list(HealthCheck))


@ENOUGH
@given(seed=st.sampled_from(SEEDS), chance=st.randoms(use_true_random=False))
def test_a_mutated_file_is_read_or_refused(seed: Any, chance: random.Random) -> None:
    """Odd values in any place of a good file lead to nothing but a report or a sentence."""
    check(json.dumps(mutated(seed, chance)).replace("Infinity", "1e999").encode())


@ENOUGH
@given(
    seed=st.sampled_from([*(json.dumps(one).encode() for one in SEEDS), RAW]),
    at=st.floats(0, 1),
    cut=st.integers(0, 40),
    noise=st.binary(max_size=20),
)
def test_a_damaged_file_is_read_or_refused(seed: bytes, at: float, cut: int, noise: bytes) -> None:
    """Bytes missing or wrong anywhere lead to nothing but a report or a sentence."""
    spot = int(at * len(seed))
    check(seed[:spot] + noise + seed[spot + cut :])


@ENOUGH
@given(content=st.binary(max_size=400), wanted=st.sampled_from([None, *ReportFormat]))
def test_any_bytes_in_any_form_are_read_or_refused(content: bytes, wanted: ReportFormat | None) -> None:
    """Also when a person names the wrong form."""
    check(content, wanted)


@ENOUGH
@given(
    header=st.lists(
        st.tuples(
            st.sampled_from(["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Disposition"]),
            st.text(st.characters(codec="utf-8"), max_size=60),
        ),
        max_size=6,
    ),
    body=st.text(max_size=200),
)
def test_any_mail_is_read_or_refused(header: list[tuple[str, str]], body: str) -> None:
    """The standard library's parser of headers never shows through."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in header)
    check(f"{lines}\r\n{body}".encode(), ReportFormat.EML)
