"""Files that are broken somewhere: read as far as they say something, or refused with a sentence; never a traceback."""

import io
import json
import random
import zipfile
from typing import Any

import pytest

from exercises.exchange.conversion import write_scenario_as
from exercises.exchange.formats import Format
from leerp.errors import BadInputError
from tests.exercises.exchange.exchanging import imported
from tests.exercises.exchange.workbooks import part_of, with_part, workbook
from tests.exercises.scenarios import scenario

LIST = workbook([["When", "From", "Description", "Details (leerp)"], ["T+00:00", "a", "b", '{"reason":"x"}']])
INSTEAD: list[Any] = [None, 5, -1, True, "x", [], {}, [1], {"a": 1}, 1e300, "=1"]


def altered(content: bytes, chance: random.Random) -> bytes:
    """The bytes with a few of them changed, missing, doubled or put in."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(found))
        match chance.randrange(4):
            case 0:
                found[at] = chance.randrange(256)
            case 1:
                del found[at : at + chance.randint(1, 30)]
            case 2:
                found[at:at] = bytes(chance.choice(b'"<>{}[],:=0 \n') for _ in range(3))
            case _:
                found[at:at] = found[at - 20 : at]
    return bytes(found)


def otherwise(value: Any, chance: random.Random) -> Any:
    """A JSON value with parts of other types, or without them."""
    if chance.random() < 0.04:
        return chance.choice(INSTEAD)
    if isinstance(value, dict):
        return {key: otherwise(one, chance) for key, one in value.items() if chance.random() > 0.02}
    return [otherwise(one, chance) for one in value] if isinstance(value, list) else value


def read_or_refused(content: bytes) -> bool:
    """Whether a file was read; anything but a sentence of ours is a failure of the test."""
    try:
        imported(content)
    except BadInputError:
        return False
    return True


@pytest.mark.parametrize("seed", range(3))
def test_broken_workbooks(seed: int) -> None:
    """One part of the archive altered, or the archive itself."""
    chance = random.Random(seed)  # noqa: S311 - what is altered, and no secret
    with zipfile.ZipFile(io.BytesIO(LIST)) as archive:
        parts = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
    for _ in range(40):
        part = chance.choice(parts)
        read_or_refused(with_part(LIST, part, altered(part_of(LIST, part), chance)))
        read_or_refused(altered(LIST, chance))


@pytest.mark.parametrize("form", [Format.MSEL_CSV, Format.CEXF, Format.OPENAEV])
def test_broken_texts(form: Format) -> None:
    """Bytes altered, and in JSON other types in any place."""
    chance = random.Random(form.value)  # noqa: S311 - the same
    content = write_scenario_as(scenario(), form, into="x").content
    for _ in range(40):
        read_or_refused(altered(content, chance))
    if form is not Format.MSEL_CSV:
        whole = json.loads(content)
        done = [read_or_refused(json.dumps(otherwise(whole, chance)).encode()) for _ in range(60)]
        assert any(done)
