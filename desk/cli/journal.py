"""`leerp journal`: take the record out, and verify it anywhere."""

from cyclopts import App

from desk.assembly import open_house
from desk.cli.running import REFUSED, Answer, read_file, write_file
from leerp.errors import BadInputError
from leerp.formats.strict import text_of
from leerp.journal import lines_of, verify
from leerp.settings import Settings
from records import journal as records

MAX_JOURNAL_BYTES = 2 * 1024**3


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="journal", help="The record: export, verify.")
    group.command(export)
    group.command(verify_file, name="verify")
    app.command(group)


async def export(reference: str, *, out: str | None = None) -> Answer:
    """Write the journal of an incident (or of the desk) as journal.jsonl; to the terminal without --out."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        lines = await records.lines(connection, reference)
    if not lines:
        raise BadInputError(f"{reference}: there is no such journal")
    if out is None:
        return Answer(data=lines, lines=lines)
    write_file(out, "".join(f"{line}\n" for line in lines).encode())
    return Answer(data={"entries": len(lines), "file": out}, lines=[f"{len(lines)} entries written to {out}"])


def verify_file(file: str) -> Answer:
    """Verify an exported journal: needs the file alone. Exit code 1 when it was changed, with the place."""
    text = text_of(read_file(file, limit=MAX_JOURNAL_BYTES), name=file)
    try:
        count = verify(lines_of(text), name=file)
    except BadInputError as error:
        return Answer(data={"valid": False, "why": error.sentence}, lines=[error.sentence], code=REFUSED)
    return Answer(data={"valid": True, "entries": count}, lines=[f"{file}: {count} entries, the chain is whole"])
