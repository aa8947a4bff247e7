"""`leerp product`: what the centre makes of an investigation, from the catalogue to the draft of its notice."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from activities.products import catalogue_of
from desk.assembly import open_house
from desk.cli.common import AsOfficer, Reason, instant, keep_document, related, send_act
from desk.cli.running import Answer, read_file
from leerp.errors import BadInputError
from leerp.formats.strict import yaml_model
from leerp.marking import Level, Marking, Tlp
from leerp.model import iso
from leerp.product_acts import ProductAssignAct, ProductDraftAct, ProductRequestAct, ProductWithdrawAct
from leerp.products import Product, Question, StatementsFile
from leerp.protocol import ActName
from leerp.settings import Settings
from records import documents, incidents, products

BIG_FILE = 8 * 1024 * 1024

Due = Annotated[str | None, Parameter(help="By when, with its offset; else as the catalogue says.")]
Items = Annotated[list[str] | None, Parameter(help="Take it from these reports and contributions alone.")]
Replaces = Annotated[str | None, Parameter(help="The released notice that this one takes the place of.")]
Corrects = Annotated[str | None, Parameter(help="The released notice that this one corrects.")]


def add_to(app: App) -> None:
    """Add this group of commands."""
    product = App(name="product", help="Products: catalogue, request, assign, draft, withdraw, show.")
    for command in (catalogue, request, assign, draft, withdraw, show):
        product.command(command)
    app.command(product)


async def catalogue() -> Answer:
    """Show the catalogue: which products there are, what skills each takes, and by when it is due."""
    async with open_house(Settings()) as house:
        found = catalogue_of(house.rooms)
    header = ("product", "title", "skills", "sections", "due after")
    rows = [
        (one.id, one.title, ", ".join(one.skills), ", ".join(one.sections), f"{one.deadline_hours} h")
        for one in found.products
    ]
    return Answer(data=found, lines=[f"version {found.version}; {found.status}"], header=header, rows=rows)


async def request(  # noqa: PLR0913 - a command has its options
    reference: str,
    kind: str,
    *,
    requested_by: Annotated[str, Parameter(name="--from", help="The stakeholder who asks for it.")],
    due: Due = None,
    question: Annotated[str | None, Parameter(help="What exactly is asked.")] = None,
    level: Annotated[Level | None, Parameter(help="The level of the question; it takes one.")] = None,
    tlp: Annotated[Tlp, Parameter(help="The TLP of the question.")] = Tlp.CLEAR,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Record that a stakeholder asks for a product of the catalogue."""
    fields: dict[str, object] = {"kind": kind, "requested_by": requested_by, "reason": reason}
    fields |= {"due_at": instant(due, option="--due")} if due else {}
    if question:
        if level is None:
            raise BadInputError("a question is marked like everything else: say its --level")
        asked = Question(text=question, marking=Marking(level=level, tlp=tlp))
        fields["question"] = await keep_document(asked, marking=asked.marking)
    return await send_act(ActName.PRODUCT_REQUEST, reference, ProductRequestAct, officer=officer, **fields)


async def assign(
    reference: str, product: str, to: str, *, due: Due = None, reason: Reason = "", officer: AsOfficer = None
) -> Answer:
    """Give a product to an officer, or to another one; the answer names skills that the directory does not give it."""
    fields: dict[str, object] = {"product": product, "assigned_to": to, "reason": reason}
    fields |= {"due_at": instant(due, option="--due")} if due else {}
    return await send_act(ActName.PRODUCT_ASSIGN, reference, ProductAssignAct, officer=officer, **fields)


async def draft(  # noqa: PLR0913 - a command has its options
    reference: str,
    product: str,
    statements: Annotated[Path | None, Parameter(help="The analyst's own statements, a YAML or JSON file.")] = None,
    *,
    readers: Annotated[list[str] | None, Parameter(name="--for", help="Who is to get it, else who asked.")] = None,
    items: Items = None,
    replaces: Replaces = None,
    corrects: Corrects = None,
    reason: Reason = "",
    officer: AsOfficer = None,
) -> Answer:
    """Draft a product: the analyst's statements, and the sections that the catalogue has for it, to be released."""
    fields: dict[str, object] = {"product": product, "readers": readers or [], "items": items or [], "reason": reason}
    if statements is not None:
        written = yaml_model(StatementsFile, read_file(str(statements), limit=BIG_FILE), name=str(statements))
        fields["statements"] = await keep_document(written, marking=written.whole_marking)
    fields |= related(replaces, corrects)
    return await send_act(ActName.PRODUCT_DRAFT, reference, ProductDraftAct, officer=officer, **fields)


async def withdraw(reference: str, product: str, *, reason: Reason = "", officer: AsOfficer = None) -> Answer:
    """Withdraw a product that was not released; what was drafted of it is dropped."""
    fields = {"product": product, "reason": reason}
    return await send_act(ActName.PRODUCT_WITHDRAW, reference, ProductWithdrawAct, officer=officer, **fields)


async def show(reference: str, product: str | None = None) -> Answer:
    """Show the products of an incident: who asked for what, who has it, by when; or one of them with its question."""
    async with open_house(Settings()) as house, house.store.reading() as connection:
        await incidents.get(connection, reference)
        found = await products.of_incident(connection, reference)
        if product is not None:
            one = next((each for each in found if each.id == product), None)
            if one is None:
                raise BadInputError(f"{product} is no product of {reference}; `leerp product show` names all")
            kept = await documents.get(connection, one.question) if one.question else None
            return _one(one, Question.model_validate_json(kept) if kept else None)
    header = ("product", "kind", "for", "due", "state", "with", "notice")
    rows = [
        (one.id, one.kind, one.requested_by, _due(one), one.state.value, one.assigned_to or "-", one.notice or "-")
        for one in found
    ]
    return Answer(data=found, lines=[] if found else ["no product has been asked for"], header=header, rows=rows)


def _due(one: Product) -> str:
    return iso(one.due_at)[:16] + "Z" + (" OVERDUE" if one.overdue else "")


def _one(one: Product, asked: Question | None) -> Answer:
    lines = [
        f"{one.id}: {one.title}, for {one.requested_by}, {one.state.value}",
        f"  due {_due(one)}; with {one.assigned_to or 'nobody'}; notice {one.notice or 'none'}",
    ]
    lines += [f"  [{asked.marking.banner}] {asked.text}"] if asked else []
    data = {"product": one.model_dump(mode="json"), "question": asked.model_dump(mode="json") if asked else None}
    return Answer(data=data, lines=lines)
