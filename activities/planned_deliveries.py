"""Choosing, for each reader of a notice, the contact point over which it may go."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from activities.rooms import Rooms
from leerp.keys import Key
from leerp.marking import Consent, Reader, WithheldReason
from leerp.notices import Form, Notice, NoticeKind, Planned, Variant, VariantFile
from leerp.stakeholders import ContactPoint, Directory, Stakeholder
from notifications.contact_choice import in_order, key_refusal, usable_key
from notifications.forms import bundle
from notifications.rendering import DEFAULT_FORMS, Renderer, Sight, renderer


@dataclass(frozen=True)
class PlannedDelivery:
    """One line of the ledger to be, with the variant that would go out; None when it is withheld."""

    planned: Planned
    variant: Variant | None = None

    def held_back(self, reason: WithheldReason) -> "PlannedDelivery":
        """The same, going to nobody."""
        return PlannedDelivery(self.planned.model_copy(update={"withheld": reason.value}))


@dataclass(frozen=True, kw_only=True)
class _Route:
    """A contact point over which at least some of the notice may go to a reader, and what of it."""

    reader: Reader
    channel: str
    address: str
    key: Key | None
    sight: Sight
    forms: tuple[Form, ...]


@dataclass(frozen=True)
class Earlier:
    """An earlier notice that a reader was sent, as that reader knows it."""

    notice: str
    issued_at: datetime


class DeliveryPlanner:
    """Plans the deliveries of one notice with the directory and the channels of now.

    `directory`: with what may be used in it; see `activities.contact_pins.usable_directory`.
    `consents`: the providers' permissions. `told`: which earlier notice a reader was sent that this one is about.
    """

    def __init__(
        self,
        notice: Notice,
        rooms: Rooms,
        *,
        directory: Directory,
        at: datetime,
        consents: Sequence[Consent] = (),
        told: Mapping[str, Earlier] | None = None,
    ) -> None:
        self.consents = tuple(consents)
        self._notice = notice
        self._told = told or {}
        self._renderers: dict[Earlier | None, Renderer] = {None: renderer(notice)}
        self._permitted: dict[str, list[Consent]] = {}
        for consent in consents:
            self._permitted.setdefault(consent.reader, []).append(consent)
        self._urgent = notice.acknowledge_within_minutes is not None
        self._channels = rooms.channels
        self._rooms = rooms
        self._signatures: dict[bytes, VariantFile] = {}
        self._digests = Digests()
        self._everybody = directory.by_id()
        self._at = at

    def first(self, readers: Sequence[str], *, former: Mapping[str, Planned]) -> list[PlannedDelivery]:
        """One delivery for every reader, in the order given.

        A reader that has left the directory since the launch is reached as it was reached then (DESIGN rule 9).
        """
        return [self._sealed(one) for one in self._all([self._for(one, former.get(one)) for one in readers])]

    def begin(self, readers: Sequence[str]) -> None:
        """Have the documents set that `first` is going to ask for; of those who have left the directory, none."""
        for reader in readers:
            if reader in self._everybody:
                route = self._for(reader, None)
                if isinstance(route, _Route):
                    self._begin(route)

    def _begin(self, route: _Route) -> None:
        self._renderer_for(route.reader.id).begin(route.sight, route.forms)

    def lacking(self, readers: Iterable[str]) -> dict[str, frozenset[str]]:
        """Whose permission is all that keeps some of the notice from a reader; a reader who lacks none is not in it."""
        found = {reader: self._lacking(self._everybody[reader]) for reader in readers if reader in self._everybody}
        return {reader: providers for reader, providers in found.items() if providers}

    def _lacking(self, stakeholder: Stakeholder) -> frozenset[str]:
        permitted = self._permitted.get(stakeholder.id, ())
        over = ((stakeholder.reader(one), self._channels.get(one.channel)) for one in stakeholder.contacts)
        return frozenset[str]().union(
            *(
                self._renderer_for(reader.id).lacks(
                    reader, maximum=channel.maximum if channel else None, at=self._at, consents=permitted
                )
                for reader, channel in over
            )
        )

    def strangers(self, readers: Sequence[str]) -> list[str]:
        """Those whom the directory does not have any more."""
        return [reader for reader in readers if reader not in self._everybody]

    def _for(self, reader: str, former: Planned | None) -> _Route | PlannedDelivery:
        stakeholder = self._everybody.get(reader)
        if stakeholder is not None:
            return self._best(stakeholder, stakeholder.contacts)
        if former is not None:
            return self._over(former.reader, former.channel, former.address, key=former.key)
        return _withheld(Reader(id=reader, group="unknown"), "none", "none", WithheldReason.UNKNOWN_READER)

    def preview(self, reader: str, *, channel: str | None) -> PlannedDelivery:
        """What a reader in the directory would get now, over one channel or over the best."""
        stakeholder = self._everybody[reader]
        contacts = [one for one in stakeholder.contacts if channel in (None, one.channel)]
        return self._made(self._best(stakeholder, contacts))

    def next(self, silent: Collection[str], *, tried: Mapping[str, set[str]]) -> list[PlannedDelivery]:
        """For each reader that has not acknowledged: a contact point on a channel not tried yet, where there is one."""
        return [self._sealed(plan) for plan in self._all(self._next(silent, tried)) if plan.variant]

    def begin_next(self, silent: Collection[str], *, tried: Mapping[str, set[str]]) -> None:
        """Have the documents set that `next` would ask for."""
        for one in self._next(silent, tried):
            if isinstance(one, _Route):
                self._begin(one)

    def _next(self, silent: Collection[str], tried: Mapping[str, set[str]]) -> list[_Route | PlannedDelivery]:
        found = []
        for reader in sorted(silent):
            stakeholder = self._everybody.get(reader)
            contacts = stakeholder.contacts if stakeholder else ()
            left = [one for one in contacts if one.channel not in tried.get(reader, set())]
            if stakeholder and left:
                found.append(self._best(stakeholder, left))
        return found

    def _all(self, found: Sequence[_Route | PlannedDelivery]) -> Iterator[PlannedDelivery]:
        """The deliveries over these routes. All that must be made is begun before the first of it is waited for."""
        for one in found:
            if isinstance(one, _Route):
                self._begin(one)
        return (self._made(one) for one in found)

    def _made(self, found: _Route | PlannedDelivery) -> PlannedDelivery:
        """The delivery over a route, with what would go out."""
        if isinstance(found, PlannedDelivery):
            return found
        variant = self._renderer_for(found.reader.id).made(
            found.sight, found.reader, channel=found.channel, forms=found.forms
        )
        planned = Planned(
            reader=found.reader,
            channel=found.channel,
            address=found.address,
            marking=variant.marking,
            variant_sha256=self._digests.of(variant.files),
            subject=variant.subject,
            key=usable_key(found.key, at=self._at),
        )
        return PlannedDelivery(planned, variant)

    def _best(self, stakeholder: Stakeholder, contacts: Sequence[ContactPoint]) -> _Route | PlannedDelivery:
        """Over the contact point that may carry most of it, the first of equals; else withheld for the first's reason.

        A reader cleared for the whole must not get a bare frame because an open channel stands first in the list.
        """
        ordered = in_order(contacts, at=self._at, urgent=self._urgent)
        found = [self._over(stakeholder.reader(one), one.channel, one.address, key=one.whole_key) for one in ordered]
        routes = [one for one in found if isinstance(one, _Route)]
        withheld = [one.planned for one in found if isinstance(one, PlannedDelivery)]
        if len(routes) > 1:
            return max(routes, key=self._how_much)
        if not routes and self._lacking(stakeholder):  # whatever else is missing in other parts of it
            first = withheld[0]
            return _withheld(first.reader, first.channel, first.address, WithheldReason.PROVIDER_CONSENT_MISSING)
        return routes[0] if routes else found[0]

    def _over(self, reader: Reader, channel: str, address: str, *, key: Key | None) -> _Route | PlannedDelivery:
        known = self._channels.get(channel)
        refused = key_refusal(key, needed=known is not None and known.needs_key, at=self._at)
        if refused:
            return _withheld(reader, channel, address, refused)
        sight = self._renderer_for(reader.id).sight(
            reader,
            maximum=known.maximum if known else None,
            at=self._at,
            consents=self._permitted.get(reader.id, ()),
            told_earlier=reader.id in self._told,
        )
        if isinstance(sight, WithheldReason):
            return _withheld(reader, channel, address, sight)
        forms = known.forms if known else DEFAULT_FORMS
        return _Route(reader=reader, channel=channel, address=address, key=key, sight=sight, forms=forms)

    def _renderer_for(self, reader: str) -> Renderer:
        """The renderer of the notice as it is to this reader: one for each earlier notice that it may be about."""
        earlier = self._told.get(reader)
        if earlier not in self._renderers and earlier is not None:
            named = {"earlier": earlier.notice, "earlier_at": earlier.issued_at}
            self._renderers[earlier] = renderer(self._notice.model_copy(update=named))
        return self._renderers[earlier]

    def _sealed(self, plan: PlannedDelivery) -> PlannedDelivery:
        """The same with the signature on its bundle, if it has one; ServiceMissingError if that cannot be made.

        A preview is not signed, for nobody is given it. Readers who get the same files get the same signature.
        """
        variant = plan.variant
        if self._notice.kind is not NoticeKind.PACKAGE or variant is None:
            return plan
        files = tuple(self._signed(file) if file.name == bundle.FILE else file for file in variant.files)
        planned = plan.planned.model_copy(update={"variant_sha256": digest(files)})
        return PlannedDelivery(planned, variant.model_copy(update={"files": files}))

    def _signed(self, file: VariantFile) -> VariantFile:
        known = sha256(file.content).digest()
        if known not in self._signatures:
            self._signatures[known] = self._rooms.sealing.sealed(file)
        return self._signatures[known]

    def _how_much(self, route: _Route) -> tuple[int, int]:
        """How much of the notice goes over a channel: what a higher one carries holds what a lower one does.

        Measured by the text alone: a channel that carries more forms does not say more.
        """
        text = self._renderer_for(route.reader.id).made(
            route.sight, route.reader, channel=route.channel, forms=(Form.TEXT,)
        )
        return (text.marking.level.rank, sum(len(file.content) for file in text.files))


def _withheld(reader: Reader, channel: str, address: str, reason: WithheldReason) -> PlannedDelivery:
    return PlannedDelivery(Planned(reader=reader, channel=channel, address=address, withheld=reason.value))


def digest(files: Sequence[VariantFile]) -> str:
    """SHA-256 over the names and contents of the files of a variant, in order."""
    total = sha256()
    for file in files:
        total.update(f"{file.name}\0{sha256(file.content).hexdigest()}\n".encode())
    return total.hexdigest()


class Digests:
    """The digests of variants, each made once: most readers of a notice get the same files.

    Looked up by what the files are called and hold, never by which object they are.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, bytes], ...], str] = {}

    def of(self, files: Sequence[VariantFile]) -> str:
        """The digest of these files."""
        what = tuple((file.name, file.content) for file in files)
        if what not in self._known:
            self._known[what] = digest(files)
        return self._known[what]
