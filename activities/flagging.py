"""What a person should know of an observable before it is relied on, and whether it may make hits at all.

Silent is what half the internet shares: private and reserved addresses, top sites, what is on a warning list. What is
merely odd, such as a name that hides another alphabet, is shown and makes hits like anything else.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from activities.warning_lists import installed
from leerp.contributions import FlaggedObservable
from leerp.observables import Observable, ObservableKind
from matrices.correlation import common_because
from notifications.lookalikes import hides

DOCUMENTATION = tuple(
    ipaddress.ip_network(one) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""RFC 5737 and RFC 3849. They make hits, because scenarios and exercises are written with them."""


def flagged(observables: Iterable[Observable]) -> tuple[FlaggedObservable, ...]:
    """Those that a person should look at, each with the first reason."""
    return tuple(found for one in observables if (found := _flag(one)) is not None)


def silent_among(flags: Iterable[FlaggedObservable]) -> dict[Observable, str]:
    """Those that make no hits, and why."""
    return {one.observable: one.why for one in flags if one.silent}


def _flag(observable: Observable) -> FlaggedObservable | None:
    silent = _silent(observable)
    odd = silent or _documentation(observable) or _homograph(observable)
    return FlaggedObservable(observable=observable, why=odd, silent=silent is not None) if odd else None


def _silent(observable: Observable) -> str | None:
    common = common_because(observable)
    if common:
        return common
    listed = installed().on(observable) if not _documentation(observable) else None
    return f"on the warning list {listed}"[:200] if listed else None


def _documentation(observable: Observable) -> str | None:
    if observable.kind not in (ObservableKind.IPV4, ObservableKind.IPV6):
        return None
    address = ipaddress.ip_address(observable.value)
    if any(address in network for network in DOCUMENTATION):
        return "an address for documentation: nobody has it (RFC 5737, RFC 3849)"
    return None


def _homograph(observable: Observable) -> str | None:
    """A name that reads like another one; a mailbox and a URL have one in them."""
    value = observable.value
    if observable.kind is ObservableKind.URL:
        try:
            value = urlsplit(value).hostname or ""
        except ValueError:
            return None
    elif observable.kind is ObservableKind.EMAIL:
        value = value.rpartition("@")[2]
    elif observable.kind is not ObservableKind.DOMAIN:
        return None
    if not value.isascii():
        value = value.encode("idna", "ignore").decode("ascii")
    if "xn--" not in value:
        return None
    hidden = hides(value)
    return f"the name {hidden}" if hidden else None
