"""Personal data and private parties (Regulation (EU) 2016/794 Art. 26): what counts as such, and who gets it.

A statement that holds personal data stands in a notice twice: as it is, for all but private parties; and, where
anything is left of it, as it would be had the personal data never been there, for them. So neither its presence nor its
amount can be read from what a private party gets (DESIGN rule 4).
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import Field

from leerp.formats.strict import shipped_model
from leerp.marking import Reader, WithheldReason
from leerp.model import Line, Model
from leerp.notices import Notice, PersonalData
from leerp.observables import Observable, ObservableKind
from leerp.stakeholders import Group
from leerp.targets import Target, TargetKind

_WRITTEN = (
    *(("[.]", "."), ("(.)", "."), ("{.}", "."), ("[dot]", "."), ("(dot)", ".")),
    *(("[:]", ":"), ("[@]", "@"), ("[at]", "@"), ("(at)", "@")),
)
"""How people write what shall not be clicked, in lower case."""

_MAILBOX = re.compile(r"[^\s@]@[^\s@]{1,253}\.[^\s@.]{2}")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d)")
_IPV6 = re.compile(r"[0-9a-f:.]{2,45}")
_WORD = re.compile(r"[\w:]{4,200}")


Named = TypeVar("Named", Observable, Observable | Target)


class PersonalDataTable(Model):
    """`personal-data.yaml`: the kinds of observables and of targets that are personal data; who is a private party."""

    version: Line
    status: Line
    sources: tuple[Line, ...] = Field(min_length=1)
    observables: tuple[ObservableKind, ...]
    targets: tuple[TargetKind, ...]
    private_groups: tuple[Group, ...]


@cache
def table() -> PersonalDataTable:
    """The table that comes with leerp."""
    content = (resources.files("notifications") / "personal-data.yaml").read_bytes()
    return shipped_model(PersonalDataTable, content, name="personal-data.yaml")


def is_personal(observable: Observable | Target) -> bool:
    """Whether an observable or a target is personal data; a URL is where an address or a mailbox stands in it."""
    if isinstance(observable, Target):
        return observable.kind in table().targets
    if observable.kind is ObservableKind.URL:
        return _in_url(observable.value)
    return observable.kind in table().observables


def without(observables: Iterable[Named]) -> tuple[Named, ...]:
    """Those that are no personal data, in their order."""
    return tuple(one for one in observables if not is_personal(one))


def stands_in(text: str, *, known: frozenset[str] = frozenset()) -> bool:
    """Whether a text holds an observable that is personal data, however it is defanged.

    `known`: values of kinds that have no sure shape of their own, such as wallets, from `known_values`. In doubt it
    does: the number of a version with four parts is taken for an address.
    """
    plain = text.casefold()
    for written, meant in _WRITTEN:
        plain = plain.replace(written, meant)
    kinds = table().observables
    return (
        (ObservableKind.EMAIL in kinds and _MAILBOX.search(plain) is not None)
        or (ObservableKind.IPV4 in kinds and any(_is_address(found[0]) for found in _IPV4.finditer(plain)))
        or (ObservableKind.IPV6 in kinds and any(_is_address(found[0].strip(".")) for found in _IPV6.finditer(plain)))
        or any(found[0] in known for found in _WORD.finditer(plain))
    )


def known_values(observables: Iterable[Observable | Target]) -> frozenset[str]:
    """The values that `stands_in` must be told, in its spelling."""
    shaped = (ObservableKind.EMAIL, ObservableKind.IPV4, ObservableKind.IPV6, ObservableKind.URL)
    return frozenset(one.value.casefold() for one in observables if one.kind not in shaped and is_personal(one))


def is_private(group: str) -> bool:
    """Whether a stakeholder of that group is a private party."""
    return group in table().private_groups


def refusal(notice: Notice, what: PersonalData | None, reader: Reader) -> WithheldReason | None:
    """Why a private party may not have what holds personal data; None if nothing stands against it."""
    kept_back = is_private(reader.group) and notice.personal_data_ground is None
    if what is PersonalData.HELD and kept_back:
        return WithheldReason.PERSONAL_DATA_TO_PRIVATE_PARTY
    return None


def concerns(notice: Notice, what: PersonalData | None, reader: Reader) -> bool:
    """Whether a portion is meant for a reader at all: what stands in the place of another is for nobody else."""
    return what is not PersonalData.LEFT_OUT or refusal(notice, PersonalData.HELD, reader) is not None


def _in_url(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # no address that could be read; in doubt it is
        return True
    return stands_in(host) or stands_in(url)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
