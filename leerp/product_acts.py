"""What people do about products and packages."""

from pydantic import Field

from leerp.countries import Country
from leerp.model import Identifier, Instant
from leerp.protocol import Act, RelatedAct


class ProductRequestAct(Act):
    """Record that a stakeholder asks for a product. `due_at`: by when; without it as the catalogue says.

    `question`: the SHA-256 of a document that says what exactly is asked.
    """

    kind: Identifier
    requested_by: Identifier
    due_at: Instant | None = None
    question: str | None = None


class ProductAssignAct(Act):
    """Give a product to an officer, or to another one; `due_at`: another time for it."""

    product: Identifier
    assigned_to: Identifier
    due_at: Instant | None = None


class ProductDraftAct(RelatedAct):
    """Draft the notice that carries a product. `statements`: the SHA-256 of the document with the analyst's own.

    `readers`: who is to get it; without any, whoever asked for it. `items`: the reports and contributions from which
    the sections of the catalogue are made; without any, all of them.
    """

    product: Identifier
    statements: str | None = None
    readers: tuple[Identifier, ...] = Field(default=(), max_length=1_000)
    items: tuple[Identifier, ...] = Field(default=(), max_length=1_000)


class ProductWithdrawAct(Act):
    """Withdraw a product that was not released; what was drafted of it is dropped."""

    product: Identifier


class PackageBuildAct(RelatedAct):
    """Draft the package of a country. `readers`: stakeholders of it; without any, its law enforcement.

    `assigned`: the SHA-256 of the document that says which observables are whose. `items`: as for a product.
    """

    country: Country
    readers: tuple[Identifier, ...] = Field(default=(), max_length=1_000)
    assigned: str | None = None
    items: tuple[Identifier, ...] = Field(default=(), max_length=1_000)
