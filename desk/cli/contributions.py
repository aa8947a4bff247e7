"""`leerp contribute` and `leerp contribution`: intelligence that stakeholders give, and what waits for a person."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from activities.contributing import PendingActs
from activities.intake import Arrival
from desk.assembly import House, open_house
from desk.cli.common import AsOfficer, Reason, who_acts
from desk.cli.running import Answer, read_file
from leerp.contributions import ContributionFormat, ContributionOutcome, ContributionReceipt, Encoding, Provenance, Told
from leerp.errors import BadInputError, ServiceMissingError
from leerp.formats.contributed import MAX_FILE_BYTES
from leerp.formats.csv_lines import MAX_CSV_BYTES
from leerp.grades import Grade, Scale
from leerp.marking import Handling, HandlingCode, Level, Marking, Tlp
from leerp.settings import Settings

SHOWN = 20
"""How many lines of a kind a person is shown; --json has all of them."""

Without = Annotated[
    tuple[str, ...],
    Parameter(name="--without", consume_multiple=True, help="Observables to leave out, as listed (kind:value)."),
]


def add_to(app: App) -> None:
    """Add these commands."""
    group = App(name="contribution", help="Contributions that wait for a person: pending, show, confirm, discard.")
    app.command(contribute)
    for command in (pending, show, confirm, discard):
        group.command(command)
    app.command(group)


async def contribute(  # noqa: PLR0913 - a command has its options
    reference: str,
    file: str,
    *,
    contributor: Annotated[str, Parameter(name="--from", help="The stakeholder who contributes.")],
    format: Literal["auto", "json", "misp", "stix", "csv", "eml", "text", "file"] = "auto",  # noqa: A002 - the option's name
    title: str | None = None,
    grade: Annotated[str | None, Parameter(help="The contributor's grade, such as B2.")] = None,
    scale: Literal["4x4", "admiralty"] = "4x4",
    level: Level | None = None,
    tlp: Literal["clear", "green", "amber", "amber+strict", "red"] | None = None,
    handling: Annotated[
        tuple[Literal["H1", "H2"], ...], Parameter(consume_multiple=True, help="Handling codes the contributor sets.")
    ] = (),
    h3: Annotated[str | None, Parameter(help="The text of an H3 restriction of the contributor.")] = None,
    legal_basis: Annotated[str | None, Parameter(help="On what basis it was captured; needed for evidence.")] = None,
    how: Annotated[str | None, Parameter(help="How the contributor came by it.")] = None,
    obtained_from: Annotated[str | None, Parameter(help="From whom or what.")] = None,
    tool: Annotated[str | None, Parameter(help="With which tool, in which version.")] = None,
    columns: Annotated[
        dict[str, str] | None, Parameter(help="For CSV: how the file names a column, as in --columns.value ioc.")
    ] = None,
    encoding: Annotated[Encoding, Parameter(help="How a CSV file is written.")] = Encoding.AUTO,
    confirm: Annotated[
        bool, Parameter(name="--confirm", negative="", help="Pool what was listed when this file was handed in before.")
    ] = False,
    without: Without = (),
    officer: AsOfficer = None,
) -> Answer:
    """Pool a contribution: own JSON, MISP, STIX, CSV (type,value[,first_seen,comment,tlp]), or any file by its hashes.

    What is read from prose, or with rows left out, is listed and waits: the same command with --confirm pools it then,
    without what --without names. Options say what the file does not; a marking can only tighten. Hits with what others
    gave are found at once, and their owners are told.
    """
    provenance = Provenance(how=how, obtained_from=obtained_from, tool=tool)
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        known = house.rooms.directory().named(contributor)
        told = Told(
            format=None if format == "auto" else ContributionFormat(format),
            title=title,
            marking=_marking(level, tlp, handling, h3, provider=known.id if known else contributor),
            grade=Grade(scale=Scale(scale), code=grade) if grade else None,
            legal_basis=legal_basis,
            provenance=provenance if provenance != Provenance() else None,
            columns=columns or {},
            encoding=encoding,
        )
        arrival = Arrival(house.now(), actor.id)
        content = await _content(house, file, arrival)
        acts = PendingActs(house.rooms)
        seen = {one.id for one in await acts.listing(reference)} if confirm else set()
        receipt = await house.intake.contribution(
            content, name=file, reference=reference, contributor=contributor, arrival=arrival, told=told
        )
        if receipt.contribution in seen and receipt.outcome is ContributionOutcome.PENDING:
            pooled = await acts.confirm(reference, receipt.contribution, actor=actor, at=house.now(), without=without)
            receipt = pooled.model_copy(update={"refused": receipt.refused, "refused_rows": receipt.refused_rows})
        await _tell_engine(house)
    return Answer(data=receipt, lines=_lines(receipt, Path(file).name))


async def _content(house: House, file: str, arrival: Arrival) -> bytes:
    """The bytes of the file; what is too large is refused by its hash, and the desk's journal says so."""
    try:
        return read_file(file, limit=max(MAX_FILE_BYTES, MAX_CSV_BYTES))
    except BadInputError as error:
        with suppress(OSError), Path(file).open("rb") as refused:  # noqa: ASYNC230 - a file at hand, read once
            await house.intake.refuse(refused, name=file, arrival=arrival, error=error)
        raise


def _marking(
    level: Level | None, tlp: str | None, codes: Sequence[str], h3: str | None, *, provider: str
) -> Marking | None:
    """What the options say of the marking; None where they say nothing."""
    if not (level or tlp or codes or h3):
        return None
    handling = [Handling(code=HandlingCode(code), provider=provider) for code in codes]
    handling += [Handling(code=HandlingCode.H3, provider=provider, text=h3)] if h3 else []
    return Marking(level=level or Level.BPL, tlp=Tlp(f"TLP:{(tlp or 'clear').upper()}"), handling=tuple(handling))


async def _tell_engine(house: House) -> None:
    """Tell the engine now if it is there; if not, the worker's relay does when it is."""
    with suppress(ServiceMissingError):
        await (await house.engine()).relay()


def _lines(receipt: ContributionReceipt, file: str) -> list[str]:
    """What a person must know of it, the most important first."""
    waits = receipt.outcome is ContributionOutcome.PENDING
    lines = [f"{file}: {receipt.outcome.value} as {receipt.contribution} in {receipt.incident}"]
    lines += [f"  note: {note}" for note in receipt.notes]
    lines += _some(
        [f"  row {one.row}{f', {one.field}' if one.field else ''}: {one.why}; not read" for one in receipt.refused]
    )
    lines += _some(
        [
            f"  {one.observable.kind}:{one.observable.value}: {one.why}{'; makes no hits' if one.silent else ''}"
            for one in receipt.flagged
        ]
    )
    if waits:
        lines += [f"  {receipt.observables} observables found; nothing is pooled before a person confirms this list:"]
        lines += _some([f"    {one.kind}:{one.value}" for one in receipt.found])
        lines += [f"  then: leerp contribution confirm {receipt.incident} {receipt.contribution}"]
    elif receipt.outcome is ContributionOutcome.POOLED:
        lines += [f"  {receipt.observables} observables pooled"]
    if receipt.without_legal_basis and receipt.outcome is not ContributionOutcome.DUPLICATE:
        lines += ["  no legal basis at capture was given: this is intelligence, and cannot become evidence as it is"]
    return lines


def _some(lines: list[str]) -> list[str]:
    beyond = len(lines) - SHOWN
    return lines if beyond <= 0 else [*lines[:SHOWN], f"  … and {beyond} more (--json has them all)"]


async def pending(reference: str) -> Answer:
    """List the contributions that wait for a person."""
    async with open_house(Settings()) as house:
        found = await PendingActs(house.rooms).listing(reference)
    header = ("contribution", "from", "form", "observables", "flagged", "rows not read", "since")
    rows = [
        (one.id, one.contributor, one.format.value, one.observables, one.flagged, one.refused_rows, one.at)
        for one in found
    ]
    return Answer(data=found, lines=[] if found else ["nothing waits"], header=header if found else (), rows=rows)


async def show(reference: str, contribution: str) -> Answer:
    """Show what a person is asked to confirm: the list that was found, and what is odd in it."""
    async with open_house(Settings()) as house:
        receipt = await PendingActs(house.rooms).show(reference, contribution)
    return Answer(data=receipt, lines=_lines(receipt, contribution))


async def confirm(
    reference: str, contribution: str, *, without: Without = (), reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Pool a contribution that waits, without the observables that --without names."""
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        acts = PendingActs(house.rooms)
        receipt = await acts.confirm(
            reference, contribution, actor=actor, at=house.now(), without=without, reason=reason
        )
        await _tell_engine(house)
    return Answer(data=receipt, lines=_lines(receipt, contribution))


async def discard(reference: str, contribution: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Do not pool a contribution that waits; its bytes stay, and it may be handed in again."""
    if not reason.strip():
        raise BadInputError("say why with --reason; the record keeps it")
    async with open_house(Settings()) as house:
        actor = who_acts(house, officer)
        await PendingActs(house.rooms).discard(reference, contribution, actor=actor, at=house.now(), reason=reason)
    data = {"contribution": contribution, "outcome": "discarded"}
    return Answer(data=data, lines=[f"{contribution}: not pooled; its bytes are kept"])
