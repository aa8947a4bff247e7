"""CSV: what is read is read whatever tool wrote it, and every row that is not is answered by its number."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leerp.contributions import MAX_OBSERVABLES, Encoding, Told
from leerp.errors import BadInputError
from leerp.formats import csv_lines
from leerp.formats.contributed import Contributed, read_contributed
from leerp.formats.csv_contributions import MAX_REFUSED
from leerp.formats.csv_lines import MAX_CSV_BYTES, MAX_ROWS
from leerp.marking import Tlp
from tests.formats.examples import NOW, values

CYRILLIC_A = "\u0430"


def read(content: bytes | str, *, name: str = "list.csv", **told: Any) -> Contributed:
    """Read a file of CERT Ruritania."""
    raw = content.encode() if isinstance(content, str) else content
    return read_contributed(raw, name=name, contributor="cert-ruritania", received_at=NOW, told=Told(**told))


def refusal(content: bytes | str, **told: Any) -> str:
    """The sentence with which a file is refused."""
    with pytest.raises(BadInputError) as refused:
        read(content, **told)
    return refused.value.sentence


def answers(read_file: Contributed) -> list[tuple[int, str | None, str]]:
    """The rows that were not read."""
    return [(one.row, one.field, one.why) for one in read_file.refused]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_found_by_the_header(delimiter: str) -> None:
    """The one under which the header names its columns, also where a comment is full of others."""
    rows = [["Type", " VALUE", "comment"], ["ip-src", "45.1.2.3", '"a;b,c|d\te"'], ["domain", "evil.net", ""]]
    found = read("\r\n".join(delimiter.join(row) for row in rows))
    assert values(found.contribution.observables) == ["domain:evil.net", "ipv4:45.1.2.3"]
    assert (found.confirm, answers(found)) == (False, [])


def test_everything_a_row_says_is_kept() -> None:
    """First seen in UTC, the earliest of several; the first comment; the tightest TLP for the whole."""
    found = read(
        "sep=,\n# exported\ntype,value,first_seen,comment,tlp\n"
        "ipv4,45.1.2[.]3,2026-11-20T10:00:00+01:00,beacon,TLP:AMBER\n"
        "ip-dst,45.1.2.3,2026-11-19T10:00:00Z,again,green\n\n"
    )
    (detail,) = found.contribution.details
    assert detail.first_seen is not None
    assert (detail.first_seen.isoformat(), detail.comment) == ("2026-11-19T10:00:00+00:00", "beacon")
    assert found.contribution.marking.tlp is Tlp.AMBER
    assert found.notes == (
        "2 rows, 1 different observables",
        "rows have different TLP labels: the tightest stands for all of them",
    )


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        ("ipv4,1.2.3.4[.]5,,", "value", "not an address of version 4"),
        ("domain,not a name,,", "value", "not a domain name"),
        ("colour,red,,", "type", "no kind of observable that is known here"),
        ("ipv4,,,", "value", "empty"),
        ("ipv4,45.1.2.3,,purple", "tlp", "none of clear, green, amber, amber+strict, red"),
        ("ipv4,45.1.2.3,yesterday,", "first_seen", "no time as in 2026-11-22T10:00:00+01:00"),
        (
            "ipv4,45.1.2.3,2026-11-20T10:00:00,",
            "first_seen",
            "without its offset from UTC, as in 2026-11-22T10:00:00+01:00",
        ),
        ("ipv4,45.1.2.3,2031-01-01T00:00:00Z,", "first_seen", "lies in the future"),
        ("ipv4,45.1.2.3", None, "2 fields where the header has 4"),
        ('ipv4,"45.1.2.3"x,,', None, "a quote stands where none belongs"),
    ],
)
def test_a_row_that_cannot_be_read_is_answered(row: str, field: str | None, why: str) -> None:
    """With its number, its column and the reason, never with what stands in it; the others wait for a person."""
    found = read(f"type,value,first_seen,tlp\ndomain,evil.net,,\n{row}\n")
    assert answers(found) == [(3, field, why)]
    assert found.confirm
    assert values(found.contribution.observables) == ["domain:evil.net"]


def test_a_homograph_is_stored_in_punycode() -> None:
    """A name that mixes alphabets is kept as what the name servers know."""
    found = read(f"type,value\ndomain,p{CYRILLIC_A}ypal.com\n")
    assert values(found.contribution.observables) == ["domain:xn--pypal-4ve.com"]


def test_rows_of_several_encodings_are_answered_row_by_row() -> None:
    """Latin-1 in a comment is read and said; in a value it is not guessed; UTF-16 in between is no row."""
    found = read(
        "type,value,comment\nipv4,45.1.2.3,Größe\n".encode()
        + "ipv4,45.1.2.4,Größe\ndomain,gröhn.net,\n".encode("latin-1")
        + "ipv4,45.1.2.5,x\n".encode("utf-16-le")
        + b"\nipv4,45.1.2.6,\n"
    )
    assert values(found.contribution.observables) == ["ipv4:45.1.2.3", "ipv4:45.1.2.4", "ipv4:45.1.2.6"]
    assert {one.comment for one in found.contribution.details} == {"Größe"}
    assert [(row, field) for row, field, _ in answers(found)] == [(4, "value"), (5, None), (6, None)]
    assert "1 rows are not UTF-8 and were read as Latin-1" in found.notes[1]


@pytest.mark.parametrize(
    ("codec", "told"),
    [
        ("utf-16", Encoding.AUTO),
        ("utf-16-le", Encoding.AUTO),
        ("latin-1", Encoding.LATIN_1),
        ("utf-8-sig", Encoding.AUTO),
    ],
)
def test_a_file_of_one_encoding_is_read(codec: str, told: Encoding) -> None:
    """UTF-16 by its mark, UTF-8 with and without one, Latin-1 where that is said."""
    mark = "\ufeff" if codec == "utf-16-le" else ""
    found = read(f"{mark}type,value,comment\nipv4,45.1.2.3,Größe\n".encode(codec), encoding=told)
    assert [one.comment for one in found.contribution.details] == ["Größe"]


def test_rows_are_read_in_bounded_memory() -> None:
    """Ten times as many rows with the same values take no more memory: only what is different is held."""
    few, many = (peak_of(rows) for rows in (3_000, 30_000))
    assert many < few + 100_000


def peak_of(rows: int) -> int:
    """The most bytes that are held while so many rows of 1,000 different values are read, without the file itself."""
    lines = [f"ipv4,45.{number % 1_000 // 256}.{number % 256}.7,x\n" for number in range(rows)]
    content = ("type,value,comment\n" + "".join(lines)).encode()
    del lines
    tracemalloc.start()
    found = read(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.contribution.observables) <= 1_024
    return peak


def test_a_row_beyond_the_most_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limit, whatever stands in the rows."""
    assert MAX_ROWS == 1_000_000
    monkeypatch.setattr(csv_lines, "MAX_ROWS", 1_000)
    expected = "list.csv: more than 1,000 rows; split the file into parts of at most 1,000 rows"
    assert read(b"type,value\nipv4,45.1.2.3\n" + b"\n" * 999).confirm is False
    assert refusal(b"type,value\nipv4,45.1.2.3\n" + b"\n" * 1_000) == expected


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"type,value\n" + b"".join(b"ipv4,45.%d.%d.7\n" % (n >> 8, n & 255) for n in range(MAX_OBSERVABLES + 1)),
            (
                "list.csv, row 20002: more than 20,000 different observables, which is the most of one contribution;"
                " split the file into parts of at most 20,000"
            ),
        ),
        (
            b"type,value\n" + b"ipv4,x\n" * (MAX_REFUSED + 1),
            (
                "list.csv: more than 1,000 rows cannot be read, the first is row 2 (value: not an address of version"
                " 4); are these the right columns?"
            ),
        ),
        (b"x" * (MAX_CSV_BYTES + 1), "list.csv: 64 MiB, more than 64 MiB; split the file"),
        (
            b"ipv4,45.1.2.3\n",
            (
                "list.csv: its first row does not name the columns; begin with type,value or say --columns type=\u2026,"
                "value=\u2026"
            ),
        ),
        (
            b"type,value,colour\nipv4,45.1.2.3,red\n",
            (
                "list.csv: the column colour is none of type, value, first_seen, comment, tlp; remove it, or say which"
                " are meant with --columns type=\u2026,value=\u2026"
            ),
        ),
        (b"type,value,value\nipv4,45.1.2.3,x\n", "list.csv: the column value stands twice; remove one"),
        (b"type,value\n", "list.csv: no observable in it below the header in row 1"),
        (
            b"type,value\nipv4,x\n",
            "list.csv: no observable in it below the header in row 1; row 2: not an address of version 4",
        ),
        (
            b"\xff\xfet\x00y\x00p",
            "list.csv: not UTF-16 text (after row 0); save the whole file in one encoding, best UTF-8",
        ),
    ],
    ids=["observables", "refused", "bytes", "header", "column", "twice", "empty", "nothing", "utf-16"],
)
def test_a_file_beyond_a_limit_is_refused_with_the_limit(content: bytes, sentence: str) -> None:
    """Nothing of it is taken, and the sentence says what the limit is and what to do."""
    assert refusal(content) == sentence


def test_columns_may_be_named_otherwise() -> None:
    """Where the command says which column is meant, others are passed over, and that is said."""
    content = "ioc,kind,score\nevil.net,domain,9\n"
    found = read(content, columns={"value": "ioc", "type": "kind"})
    assert values(found.contribution.observables) == ["domain:evil.net"]
    assert found.notes[-1] == "1 columns were not read"
    assert "--columns: colour is none of" in refusal(content, columns={"colour": "score"})


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    """A field over several lines is one row; an open quote does not swallow what follows."""
    found = read('type,value,comment\nipv4,45.1.2.3,"two\nlines"\nipv4,45.1.2.4,"open\nipv4,45.1.2.5,fine\n')
    assert values(found.contribution.observables) == ["ipv4:45.1.2.3", "ipv4:45.1.2.5"]
    assert answers(found) == [(4, None, "a quote in it is never closed")]


@given(content=st.binary(max_size=400), header=st.sampled_from([b"", b"type,value\n", b"type;value;tlp\n"]))
def test_any_bytes_end_in_a_contribution_or_in_one_sentence(content: bytes, header: bytes) -> None:
    """And no sentence and no answer repeats what stands in the file."""
    secret = b"ipv4,s3cret-value\n"
    try:
        found = read(header + secret + content)
    except BadInputError as error:
        said = [error.sentence]
    else:
        assert found.confirm == bool(found.refused)
        said = [one.why for one in found.refused]
    assert [sentence for sentence in said if "s3cret" in sentence] == []
