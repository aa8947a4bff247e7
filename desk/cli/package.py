"""`leerp package`: what one country may have, as one signed bundle."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, keep_document, related, send_act
from desk.cli.product import Corrects, Items, Replaces
from desk.cli.running import Answer, read_file
from leerp.formats.assignments import MAX_BYTES, read_assignments
from leerp.product_acts import PackageBuildAct
from leerp.protocol import ActName
from leerp.settings import Settings
from records import incidents, products


def add_to(app: App) -> None:
    """Add this group of commands."""
    package = App(name="package", help="Packages: what one country may have, as one signed bundle: build, show.")
    for command in (build, show):
        package.command(command)
    app.command(package)


async def build(  # noqa: PLR0913 - a command has its options
    reference: str,
    country: str,
    *,
    readers: Annotated[list[str] | None, Parameter(name="--for", help="Stakeholders of the country.")] = None,
    assigned: Annotated[Path | None, Parameter(help="A CSV file observable,country: which are whose.")] = None,
    items: Items = None,
    replaces: Replaces = None,
    corrects: Corrects = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Build the package of a country, to be released: everything it may have about its own victims, hosts, accounts.

    Chosen are reports whose facts name the country, what its stakeholders gave, observables under its country code, and
    those that an officer assigns with --assigned. Nobody looks up where an address is. Without --for it goes to the law
    enforcement of the country.
    """
    fields: dict[str, object] = {"country": country, "readers": readers or [], "items": items or [], "reason": reason}
    if assigned is not None:
        written = read_assignments(read_file(str(assigned), limit=MAX_BYTES), name=str(assigned))
        async with open_house(Settings()) as house, house.store.reading() as connection:
            whole = (await incidents.get(connection, reference)).marking
        fields["assigned"] = await keep_document(written, marking=whole)
    fields |= related(replaces, corrects)
    return await send_act(ActName.PACKAGE_BUILD, reference, PackageBuildAct, officer=officer, **fields)


async def show(reference: str) -> Answer:
    """Show the packages of an incident: of which country, for how many, what was chosen and why, if it is signed."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        await incidents.get(connection, reference)
        found = await products.packages(connection, reference)
    header = ("notice", "country", "readers", "whole", "parts", "observables", "because", "signed", "released")
    rows = [
        (
            one.notice,
            one.country,
            one.readers,
            one.whole,
            one.parts,
            one.observables,
            ", ".join(f"{why} {times}" for why, times in one.because.items()) or "-",
            "yes" if one.signed else "no",
            "yes" if one.released else "no",
        )
        for one in found
    ]
    return Answer(data=found, lines=[] if found else ["no package has been built"], header=header, rows=rows)
