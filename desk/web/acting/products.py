"""Forms about products and packages."""

from activities.products import catalogue_of
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet, marking_fields
from desk.web.acting.fields import Field, Kind, Option, choices, reason
from leerp.formats.assignments import read_assignments
from leerp.formats.strict import yaml_model
from leerp.notices import NoticeKind
from leerp.product_acts import (
    PackageBuildAct,
    ProductAssignAct,
    ProductDraftAct,
    ProductRequestAct,
    ProductWithdrawAct,
)
from leerp.products import Product, Statement, StatementsFile
from leerp.protocol import ActName
from records import incidents, products

STATEMENTS = 4
"""How many statements the form has room for; a file takes more."""

_SECTIONS = ("summary", "fact", "assumption", "unknown", "assessment", "mitigation", "ask")


_ITEMS = Field(name="items", label="Only from", kind=Kind.NAMES, help="Ids of reports and contributions; empty: all.")


async def _request_sheet(case: Case) -> Sheet:
    catalogue = catalogue_of(case.house.rooms)
    kinds = tuple(Option(one.id, f"{one.title}, due after {one.deadline_hours} h") for one in catalogue.products)
    return Sheet(
        fields=(
            Field(
                name="kind", label="Product", kind=Kind.CHOICE, options=kinds, given=case.given("kind"), required=True
            ),
            case.reader("requested_by", "Asked for by"),
            Field(name="due_at", label="Due (UTC)", kind=Kind.TIME, help="Empty: as the catalogue says."),
            Field(name="question", label="What exactly is asked", kind=Kind.TEXT),
            *marking_fields(case.incident),
            reason(required=False),
        )
    )


async def _request(making: Making) -> Made:
    values = making.values
    question = values.text("question")
    document = await making.maker.keep_question(question, making.marking()) if question else None
    fields: dict[str, object] = {
        "kind": values.text("kind"),
        "requested_by": values.text("requested_by"),
        "question": document,
    }
    fields |= {"due_at": values.time("due_at", label="Due")}
    return await making.perform(ActName.PRODUCT_REQUEST, ProductRequestAct, fields)


async def _products(case: Case) -> list[Product]:
    return [one for one in await products.of_incident(case.connection, case.reference) if not one.state.over]


def _which(case: Case, found: list[Product]) -> Field:
    options = tuple(Option(one.id, f"{one.title} for {one.requested_by}, {one.state.value}, {one.id}") for one in found)
    return Field(
        name="product", label="Product", kind=Kind.CHOICE, options=options, given=case.given("product"), required=True
    )


_NONE = "No product is asked for."


async def _assign_sheet(case: Case) -> Sheet:
    found = await _products(case)
    return Sheet(
        fields=(
            _which(case, found),
            case.officer("assigned_to", "Given to"),
            Field(name="due_at", label="Due (UTC)", kind=Kind.TIME, help="Empty: it stays as it is."),
            reason(required=False),
        ),
        impossible="" if found else _NONE,
    )


async def _assign(making: Making) -> Made:
    values = making.values
    fields = {"product": values.text("product"), "assigned_to": values.text("assigned_to")}
    due = values.time("due_at", label="Due")
    return await making.perform(ActName.PRODUCT_ASSIGN, ProductAssignAct, {**fields, "due_at": due})


def _section(number: int) -> Field:
    label, options = f"Statement {number} is", choices(_SECTIONS)
    return Field(name=f"section-{number}", label=label, kind=Kind.CHOICE, options=options)


async def _draft_sheet(case: Case) -> Sheet:
    found = await _products(case)
    statements = tuple(
        field
        for number in range(1, STATEMENTS + 1)
        for field in (
            _section(number),
            Field(name=f"statement-{number}", label=f"Statement {number}", kind=Kind.TEXT),
        )
    )
    return Sheet(
        fields=(
            _which(case, found),
            *statements,
            *marking_fields(case.incident),
            Field(name="file", label="Or a file", kind=Kind.FILE, help="YAML or JSON, as for leerp product draft."),
            case.readers("readers", "Who is to get it", help="Nobody named: whoever asked for it."),
            _ITEMS,
            *await case.relation(NoticeKind.PRODUCT),
            reason(required=False),
        ),
        confirm="It is a draft: nothing goes out before it is released.",
        impossible="" if found else _NONE,
    )


async def _draft(making: Making) -> Made:
    values = making.values
    written = await _statements(making)
    fields: dict[str, object] = {"product": values.text("product"), "readers": values.several("readers")}
    fields |= {"items": values.several("items"), **making.related()}
    if written is not None:
        fields["statements"] = await making.maker.keep_statements(written)
    return await making.perform(ActName.PRODUCT_DRAFT, ProductDraftAct, fields)


async def _statements(making: Making) -> StatementsFile | None:
    """What the analyst states: in a file, or typed in; nothing where the sections of the catalogue suffice."""
    values = making.values
    given = await values.file("file", label="File")
    if given is not None:
        return yaml_model(StatementsFile, given[0], name=given[1])
    marking = making.marking()
    typed = [
        {"section": values.text(f"section-{number}"), "text": values.text(f"statement-{number}"), "marking": marking}
        for number in range(1, STATEMENTS + 1)
        if values.text(f"statement-{number}")
    ]
    return StatementsFile(statements=tuple(Statement.model_validate(one) for one in typed)) if typed else None


async def _withdraw_sheet(case: Case) -> Sheet:
    found = await _products(case)
    return Sheet(
        fields=(_which(case, found), reason(required=True)),
        confirm="What was drafted of it is dropped.",
        impossible="" if found else _NONE,
    )


async def _withdraw(making: Making) -> Made:
    fields = {"product": making.values.text("product")}
    return await making.perform(ActName.PRODUCT_WITHDRAW, ProductWithdrawAct, fields)


async def _package_sheet(case: Case) -> Sheet:
    return Sheet(
        fields=(
            Field(name="country", label="Country", help="Two letters.", given=case.given("country"), required=True),
            case.readers("readers", "For", help="Nobody named: the law enforcement of the country."),
            Field(
                name="file",
                label="Whose is what",
                kind=Kind.FILE,
                help="A CSV file observable,country, if there is one.",
            ),
            _ITEMS,
            *await case.relation(NoticeKind.PACKAGE),
            reason(required=False),
        ),
        confirm="It is a draft: nothing goes out before it is released.",
    )


async def _package(making: Making) -> Made:
    values = making.values
    fields: dict[str, object] = {"country": values.text("country"), "readers": values.several("readers")}
    fields |= {"items": values.several("items"), **making.related()}
    given = await values.file("file", label="Whose is what")
    if given is not None:
        written = read_assignments(given[0], name=given[1])
        async with making.house.store.reading() as connection:
            whole = (await incidents.get(connection, making.reference)).marking
        fields["assigned"] = await making.maker.keep(written, marking=whole)
    return await making.perform(ActName.PACKAGE_BUILD, PackageBuildAct, fields)


FORMS = (
    ActForm(
        name="product-request",
        act=ActName.PRODUCT_REQUEST,
        title="Ask for a product",
        button="Record the request",
        about="A stakeholder asks for a product of the catalogue.",
        sheet=_request_sheet,
        make=_request,
    ),
    ActForm(
        name="product-assign",
        act=ActName.PRODUCT_ASSIGN,
        title="Give a product to an officer",
        button="Give it to this officer",
        about="To an officer, or to another one; the record names skills that the directory does not give there.",
        sheet=_assign_sheet,
        make=_assign,
    ),
    ActForm(
        name="product-draft",
        act=ActName.PRODUCT_DRAFT,
        title="Draft a product",
        button="Draft the product",
        about="The analyst's statements, and the sections that the catalogue has for it.",
        sheet=_draft_sheet,
        make=_draft,
    ),
    ActForm(
        name="product-withdraw",
        act=ActName.PRODUCT_WITHDRAW,
        title="Withdraw a product",
        button="Withdraw it",
        about="A product that was not released.",
        sheet=_withdraw_sheet,
        make=_withdraw,
    ),
    ActForm(
        name="package-build",
        act=ActName.PACKAGE_BUILD,
        title="Build a package",
        button="Build the package",
        about="Everything that one country may have about its own victims, hosts and accounts, as one signed bundle.",
        sheet=_package_sheet,
        make=_package,
    ),
)
