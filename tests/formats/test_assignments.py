"""The file that says which observables are whose: every row counts, and one that cannot be read refuses the file."""

import pytest

from leerp.errors import BadInputError
from leerp.formats.assignments import read_assignments
from leerp.observables import ObservableKind
from leerp.packages import MAX_ASSIGNMENTS, Assignment


def read(text: str) -> tuple[Assignment, ...]:
    """The assignments of a file."""
    return read_assignments(text.encode(), name="whose.csv").assignments


def test_a_file_is_read() -> None:
    """With a kind or without, defanged or not, countries as the EU writes them, columns in any order, each row once."""
    found = read(
        "\ufeffCountry,note,observable\r\nde,ward,192.0.2.7\r\nUK,,domain:Mail.Hospital[.]example\r\n\r\n"
        'EL,,"url:http://a.example/x,y"\r\nde,again,192.0.2.7\r\nFR,,2001:db8::7\r\n'
    )
    assert found == (
        Assignment(value="192.0.2.7", country="DE"),
        Assignment(kind=ObservableKind.DOMAIN, value="mail.hospital.example", country="GB"),
        Assignment(kind=ObservableKind.URL, value="http://a.example/x,y", country="GR"),
        Assignment(value="2001:db8::7", country="FR"),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "row 1: the header must be `observable,country`"),
        ("observable;country\n1;DE\n", "row 1: the header must be"),
        ("observable,country,country\n", "row 1: the header must be"),
        ("observable,country\n", "assigns nothing"),
        ("observable,country\n192.0.2.7,DE\n192.0.2.8\n", "row 3: has 1 fields and needs 2"),
        ("observable,country\n192.0.2.7,Germany\n", "row 2: 'Germany' is not an ISO 3166-1 alpha-2 country code"),
        ("observable,country\nipv4:secret,DE\n", "row 2: not an address of version 4"),
        ("observable,country\n,DE\n", "row 2: an empty observable"),
        (f"observable,country\n{'x' * 5000},DE\n", "row 2: not an observable"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file(text: str, fault: str) -> None:
    """With its number, without what stands in it: half a file is not what was meant."""
    with pytest.raises(BadInputError) as refused:
        read(text)
    assert fault in refused.value.sentence
    assert "secret" not in refused.value.sentence


def test_what_is_no_text_or_too_much_is_refused() -> None:
    """Latin-1 is not guessed at where it decides who gets what; neither is a list too long to be meant."""
    with pytest.raises(BadInputError, match="row 2: not UTF-8"):
        read_assignments(b"observable,country\nm\xfcnster.example,DE\n", name="whose.csv")
    rows = "".join(f"h{number}.example,DE\n" for number in range(MAX_ASSIGNMENTS + 1))
    with pytest.raises(BadInputError, match="at most 20000 fit"):
        read("observable,country\n" + rows)
