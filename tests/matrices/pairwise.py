"""Deconfliction as it is told: every pair of actions and of targets, every rule. The index must find the same."""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address, ip_network
from itertools import combinations, product
from urllib.parse import urlsplit

from leerp.observables import Observable, ObservableKind
from leerp.plans import Action, Conflict
from leerp.targets import Target, TargetKind
from matrices.incompatibilities import Incompatibility, IncompatibleActions, TargetRelation, Timing

IP = ("ipv4", "ipv6", "ip_range")


def pairwise(actions: Iterable[Action], table: IncompatibleActions) -> tuple[Conflict, ...]:
    """The conflicts of one plan, sorted by ids."""
    planned = sorted((one for one in actions if not one.state.over), key=lambda one: one.id)
    found = []
    for first, second in combinations(planned, 2):
        rule = next((rule for rule in table.rules if speaks(rule, first, second)), None)
        if rule:
            found.append(Conflict(first=first.id, second=second.id, alert=rule.alert, because=rule.why))
    return tuple(found)


def speaks(rule: Incompatibility, first: Action, second: Action) -> bool:
    """Whether a rule speaks of two actions, either way round."""
    return collide(rule, first, second) or collide(rule, second, first)


def collide(rule: Incompatibility, one: Action, other: Action) -> bool:
    """Whether the first is the action of `one`."""
    if (rule.one and one.type not in rule.one) or (rule.other and other.type not in rule.other):
        return False
    if not related(rule.target, one, other):
        return False
    settled = other.id in one.depends_on or one.id in other.depends_on
    margin = timedelta() if settled else timedelta(minutes=rule.margin_minutes)
    if one.starts_at >= other.ends_at + margin:
        return False
    return rule.timing is Timing.ONE_FIRST or other.starts_at < one.ends_at + margin


def related(relation: TargetRelation, one: Action, other: Action) -> bool:
    """Whether two actions have in common what a rule asks for."""
    if relation is TargetRelation.ANY:
        return True
    if relation is TargetRelation.DEPENDENCY:
        return other.id in one.depends_on
    pairs = list(product(one.targets, other.targets))
    if relation is TargetRelation.ACTOR:
        return any(a == b and is_actor(a) for a, b in pairs)
    if relation is TargetRelation.SAME:
        return any(same(a, b) for a, b in pairs)
    return any(same(a, b) or under(a, b) or under(b, a) or hosts_meet(a, b) for a, b in pairs)


def is_actor(target: Observable | Target) -> bool:
    """Whether a target says who."""
    return target.kind in (TargetKind.REGISTRANT, TargetKind.HANDLE)


def same(one: Observable | Target, other: Observable | Target) -> bool:
    """Whether two targets are one thing, but no actor."""
    if one.kind in IP and other.kind in IP:
        return ip_network(one.value) == ip_network(other.value)
    return one == other and not is_actor(one)


def host(target: Observable | Target) -> tuple[str, str] | None:
    """The kind and value of the host a target is or stands on."""
    if target.kind in IP:
        return "ip", target.value
    if target.kind is ObservableKind.DOMAIN:
        return "domain", target.value
    if target.kind is not ObservableKind.URL:
        return None
    name = urlsplit(target.value).hostname or ""
    try:
        return "ip", str(ip_address(name))
    except ValueError:
        return "domain", name


def under(lower: Observable | Target, upper: Observable | Target) -> bool:
    """Whether one lies under the other: in its network, below its domain, on its host."""
    one, other = host(lower), host(upper)
    if one is None or other is None or one[0] != other[0]:
        return False
    if one[0] == "domain":
        return one[1] == other[1] or one[1].endswith(f".{other[1]}")
    inner, outer = ip_network(one[1]), ip_network(other[1])
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def hosts_meet(one: Observable | Target, other: Observable | Target) -> bool:
    """Whether two targets stand on the same host."""
    return host(one) is not None and host(one) == host(other)
