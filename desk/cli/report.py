"""`leerp report`: take reports in."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

from cyclopts import App, Parameter

from activities.intake import Arrival
from desk.assembly import House, open_house
from desk.cli.running import Answer, read_file
from leerp.errors import BadInputError, ServiceMissingError
from leerp.reports import MAX_REPORT_BYTES, IntakeReceipt, ReportFormat
from leerp.settings import Settings


def add_to(app: App) -> None:
    """Add this command."""
    app.command(report)


async def report(
    *files: str,
    format: Annotated[  # noqa: A002 - the option's name is decided
        str, Parameter(help="auto, json, misp, stix, csv, eml or text.")
    ] = "auto",
    source: Annotated[str | None, Parameter(help="Who reports: a stakeholder's id or name.")] = None,
    open_source: Annotated[
        bool, Parameter(help="The centre collected it itself from public sources, and grades it.")
    ] = False,
    origin: Annotated[
        str | None, Parameter(help="Whom the report quotes, by id or name, if not what its source saw itself.")
    ] = None,
) -> Answer:
    """Take reports in; the answer comes after they are stored: created, joined or duplicate, with the reference."""
    if not files:
        raise BadInputError("name at least one file")
    told = _Told(None if format == "auto" else ReportFormat(format), source, open_source, origin)
    answers: list[dict[str, object]] = []
    lines: list[str] = []
    async with open_house(Settings()) as house:
        for file in files:
            receipt = await _take_in(house, file, told)
            answers.append({"file": file, **receipt.model_dump(mode="json")})
            lines.append(f"{file}: {receipt.outcome.value} {receipt.incident} (report {receipt.report})")
            lines.extend(f"  shares {one}" for one in receipt.because[:5])
            if receipt.counted_on:
                lines.append(f"  nearly identical with {receipt.counted_on}, and counted there")
        await _tell_engine(house)
    return Answer(data=answers, lines=lines)


class _Told(NamedTuple):
    """What the command says of its files."""

    format: ReportFormat | None
    source: str | None
    open_source: bool
    origin: str | None


async def _take_in(house: House, file: str, told: _Told) -> IntakeReceipt:
    arrival = Arrival(house.now(), house.settings.actor or "command-line")
    try:
        content = read_file(file, limit=MAX_REPORT_BYTES)
    except BadInputError as error:
        with suppress(OSError), Path(file).open("rb") as refused:  # noqa: ASYNC230 - a file at hand, read once
            await house.intake.refuse(refused, name=file, arrival=arrival, error=error)
        raise
    return await house.intake.report(content, name=file, arrival=arrival, **told._asdict())


async def _tell_engine(house: House) -> None:
    """Tell the engine now if it is there; if not, the worker's relay does when it is."""
    with suppress(ServiceMissingError):
        await (await house.engine()).relay()
