"""What people do about a notice that was released: take it back, record a permission, lift restrictions."""

from pydantic import Field

from leerp.model import Identifier, Line
from leerp.protocol import Act


class RecallAct(Act):
    """Take a released notice back: whom it has reached is told so, and it reaches nobody else."""

    notice: Identifier


class ConsentAct(Act):
    """Record what a provider said of its H2 information: for `notice`, or without one for the whole incident.

    `readers`: who may have it, or may not; none named means everybody the provider was asked about for the notice.
    `via`: who said so at the provider, and how.
    """

    provider: Identifier
    readers: tuple[Identifier, ...] = Field(default=(), max_length=1_000)
    given: bool
    notice: Identifier | None = None
    via: Line


class OverrideAct(Act):
    """Send a notice to Member States whatever its providers have restricted (Regulation (EU) 2016/794 Art. 22(2)).

    Only where it is absolutely necessary to prevent an imminent threat to life; the reason goes to the providers.
    """

    notice: Identifier
    readers: tuple[Identifier, ...] = Field(min_length=1, max_length=1_000)
