"""What workflows say to activities about products and packages."""

from activities.messages import Done, DraftNotice, Fact
from leerp.countries import Country
from leerp.model import Instant


class RequestProduct(Fact):
    """Record that a stakeholder asks for a product; see `leerp.product_acts.ProductRequestAct`."""

    kind: str
    requested_by: str
    due_at: Instant | None
    question: str | None
    reason: str


class AssignProduct(Fact):
    """Give a product to an officer."""

    product: str
    assigned_to: str
    due_at: Instant | None
    reason: str


class WithdrawProduct(Fact):
    """Withdraw a product."""

    product: str
    reason: str


class ProductKept(Done):
    """A product as it stands after an act. `lacks`: the skills that its officer is not known to have."""

    product: str
    title: str
    due_at: Instant
    officer: str | None = None
    lacks: tuple[str, ...] = ()


class DraftFromPool(DraftNotice):
    """Draft a product, or the package of a country: exactly one of the two is named.

    `statements`, `assigned`: the SHA-256 of their documents. `items`: the reports and contributions to take it from;
    without any, all of them.
    """

    product: str | None = None
    country: Country | None = None
    statements: str | None = None
    assigned: str | None = None
    items: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What drafts stand beside each other for."""
        return self.product or self.country or ""
