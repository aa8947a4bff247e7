"""Drafting what is taken from the pool: a product of the investigation, or the package of one country.

What it says is read and put together first, which may take long; then everything is one transaction. A worker that dies
before it leaves nothing, and one that dies after it finds what it has done: the notice has an id that follows from the
act, and of two drafts of one act the first stands.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.contact_pins import usable_directory
from activities.delivery import heartbeats
from activities.drafting import DraftingActivities, asks_of
from activities.facts import note
from activities.messages import Drafted
from activities.notice_making import drafted_notice, frame
from activities.pool_reading import Held, held, marking_of, need_known
from activities.product_messages import DraftFromPool
from activities.products import catalogue_of, standing
from activities.rooms import Rooms
from leerp.errors import RefusedError, ServiceMissingError
from leerp.journal import JournalKind
from leerp.marking import HandlingCode, join_all
from leerp.notices import Form, Notice, Portion
from leerp.packages import Assignments
from leerp.products import MAX_OBSERVABLES_TOLD, GeneratedSection, Product, ProductState, Statement, StatementsFile
from leerp.protocol import RefusalReason
from leerp.stakeholders import Directory
from matrices.jurisdictions import Mark, choose, marks_of
from notifications.audience import of_country
from notifications.composing import compose
from notifications.context import NoticeContext, PackageWord, ProductWord
from notifications.rendering import STRUCTURAL
from records import documents, incidents, notices, products

_WITH_REPORTS = frozenset({GeneratedSection.FACTS, GeneratedSection.OBSERVABLES})
_WITH_CONTRIBUTIONS = frozenset({GeneratedSection.CONTRIBUTIONS, GeneratedSection.OBSERVABLES})


@dataclass(frozen=True, kw_only=True)
class _Made:
    """What a draft is made of: what the notice tells, who gets it, what the journal and the officer are told of it."""

    word: dict[str, Any]
    readers: tuple[str, ...]
    kind: JournalKind
    data: dict[str, JsonValue]
    notes: tuple[str, ...] = field(default=())


class PoolDraftingActivities:
    """Products and packages, from what is stored to what waits for release."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.drafting = DraftingActivities(rooms)

    @activity.defn(name="pool.draft")
    async def draft(self, request: DraftFromPool) -> Drafted:
        """Draft it and fix who it is for. Refused when nobody would be told, or nothing (fail closed)."""
        await self.rooms.incident(request.incident)
        async with heartbeats():
            directory = await usable_directory(self.rooms)
            async with self.rooms.store.reading() as connection:
                made = await self._made(connection, request, directory)
                context = await self._context(connection, request, directory, made)
            portions = await asyncio.to_thread(compose, request.kind, context)
            if all(one.section in STRUCTURAL for one in portions):
                sentence = f"There is nothing to tell in this {request.kind.value}; it was not drafted."
                raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
            notice, seq = await self._keep(request, directory, made, portions)
        return Drafted(
            notice=notice.id,
            marking=notice.marking.banner,
            readers=len(made.readers),
            journal_seq=seq,
            level=notice.marking.level,
            restricted_by=tuple(
                sorted({one.provider for one in notice.marking.handling if one.code is HandlingCode.H3})
            ),
            notes=made.notes,
        )

    async def _made(self, c: AsyncConnection, request: DraftFromPool, directory: Directory) -> _Made:
        if request.country is not None:
            return await self._package(c, request, request.country, directory)
        return await self._product(c, request, directory)

    async def _context(
        self, c: AsyncConnection, request: DraftFromPool, directory: Directory, made: _Made
    ) -> NoticeContext:
        """What the notice is composed from: of a package nothing but its items, so that nothing else stands in it."""
        incident = await incidents.get(c, request.incident)
        if request.country is None:
            whole = await self.drafting.context(c, request, incident, directory)
            return whole.model_copy(update=made.word)
        return frame(incident, directory, request.at, asks=asks_of(request), **made.word)

    async def _keep(
        self, request: DraftFromPool, directory: Directory, made: _Made, portions: tuple[Portion, ...]
    ) -> tuple[Notice, int]:
        async with self.rooms.store.writing() as tx:
            incident = await incidents.get(tx, request.incident)
            earlier = await notices.get(tx, request.earlier) if request.earlier else None
            notice = drafted_notice(incident, request, directory, portions, earlier=earlier)
            version = directory.version
            await notices.save(tx, notice, audience=made.readers, directory_version=version, at=request.at)
            notice = await notices.get(tx, notice.id)  # of two drafts of one act the first stands
            data: dict[str, JsonValue] = {"notice": notice.id, "kind": request.kind.value}
            data |= {"readers": len(made.readers), "directory": version, "marking": notice.marking.banner}
            data |= {notice.relation.value: str(notice.earlier)} if notice.relation else {}
            entry = await note(tx, request, JournalKind(f"{request.kind.step}.notice.drafted"), data)
            await note(tx, request, made.kind, {"notice": notice.id, **made.data})
        return notice, entry.seq

    async def _product(self, c: AsyncConnection, request: DraftFromPool, directory: Directory) -> _Made:
        """The analyst's statements, and the sections that the catalogue has for this product."""
        product = await _draftable(c, request)
        readers = tuple(sorted(set(request.named or (product.requested_by,))))
        _need_in_directory(readers, directory)
        catalogue = catalogue_of(self.rooms)
        entry = catalogue.entry(product.kind)
        sections = entry.sections if entry else ()
        statements = await _statements(c, request)
        found = [
            one
            async for one in held(c, request.incident, directory, items=request.items)
            if (_WITH_CONTRIBUTIONS if one.contributed else _WITH_REPORTS) & set(sections)
        ]
        if GeneratedSection.OBSERVABLES in sections:
            _need_to_fit(sum(len(one.told.observables) for one in found), "product")
        word = ProductWord(
            title=product.title,
            statements=statements,
            sections=sections,
            reports=tuple(one.told for one in found if not one.contributed),
            contributions=tuple(one.told for one in found if one.contributed),
        )
        data: dict[str, JsonValue] = {"product": product.id, "statements": request.statements}
        data |= {"stated": len(statements), "items": len(found), "catalogue": catalogue.version}
        kind = JournalKind.INVESTIGATION_PRODUCT_DRAFTED
        return _Made(word={"product": word}, readers=readers, kind=kind, data=data)

    async def _package(self, c: AsyncConnection, request: DraftFromPool, country: str, directory: Directory) -> _Made:
        """What the rule chooses for the country (`matrices.jurisdictions`), and whether it will be signed."""
        readers = _package_readers(request, country, directory)
        await _need_same_country(c, request, country)
        signed, notes = await self._signature()
        assigned = await _assigned(c, request, country)
        marks = frozenset[Mark]().union(*assigned)
        found: list[Held] = []
        because: Counter[str] = Counter()
        known: set[Mark] = set()
        async for one in held(c, request.incident, directory, items=request.items):
            known |= marks.intersection((each.kind, each.value) for each in one.item.observables)
            for chosen in choose([one.item], country, assigned=marks):
                found.append(one.only(chosen))
                because.update(why.value for why in chosen.because)
        _need_to_fit(sum(len(one.told.observables) for one in found), "package")
        unmatched = sum(not one & known for one in assigned)
        notes += (f"{unmatched} assigned observables are in nothing that was given here.",) if unmatched else ()
        notes += self._without_bundle(readers, directory)
        data: dict[str, JsonValue] = {"country": country, "readers": len(readers)}
        data |= {"whole": sum(one.told.title is not None for one in found)}
        data |= {"parts": sum(one.told.title is None for one in found)}
        data |= {
            "observables": sum(len(one.told.observables) for one in found),
            "because": dict(sorted(because.items())),
        }
        data |= {"assigned": request.assigned, "unmatched": unmatched, "signed": signed}
        word = PackageWord(country=country, items=tuple(one.told for one in found))
        kind = JournalKind.INVESTIGATION_PACKAGE_BUILT
        return _Made(word={"package": word}, readers=readers, kind=kind, data=data, notes=notes)

    async def _signature(self) -> tuple[bool, tuple[str, ...]]:
        """Whether the bundle will be signed, and what the officer is told if not; refused when it has to be."""
        try:
            signed = await asyncio.to_thread(self.rooms.sealing.signs)
        except ServiceMissingError as error:
            sentence = f"The package cannot be signed, and was not built: {error.sentence}."
            raise RefusedError(sentence, reason=RefusalReason.CONDITIONS_UNMET) from error
        return signed, () if signed else ("Its bundle is NOT SIGNED: no signing key is set.",)

    def _without_bundle(self, readers: tuple[str, ...], directory: Directory) -> tuple[str, ...]:
        everybody = directory.by_id()
        without = [name for name in readers if not self._carries_bundle(everybody[name].contacts)]
        return (f"No channel of {', '.join(without)} carries a bundle: the text alone goes there.",) if without else ()

    def _carries_bundle(self, contacts: Any) -> bool:  # noqa: ANN401 - contact points
        known = (self.rooms.channels.get(one.channel) for one in contacts)
        return any(channel is not None and Form.BUNDLE in channel.forms for channel in known)


async def _draftable(c: AsyncConnection, request: DraftFromPool) -> Product:
    """The product; one that is out may be drafted in the place of what is out, and only so."""
    product = await products.find(c, request.incident, request.product or "")
    if product is not None and product.state is ProductState.RELEASED and request.earlier == product.notice:
        return product
    product = await standing(c, request.incident, request.product or "")
    if request.earlier is not None and request.earlier != product.notice:
        sentence = f"{request.earlier} is no notice of {product.id}; nothing was drafted."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)
    if product.assigned_to is None:
        sentence = f"{product.id} is assigned to nobody; assign it first (product assign)."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    return product


async def _statements(c: AsyncConnection, request: DraftFromPool) -> tuple[Statement, ...]:
    """The analyst's statements, each marked at least as tightly as every report and contribution it names."""
    if request.statements is None:
        return ()
    file = StatementsFile.model_validate_json(await documents.get(c, request.statements))
    named = {name for one in file.statements for name in one.derived_from}
    if not named:
        return file.statements
    known = [*await products.report_ids(c, request.incident), *await products.contribution_ids(c, request.incident)]
    need_known(named, known, request.incident)
    markings = {name: await marking_of(c, name) for name in sorted(named)}
    return tuple(
        one.model_copy(update={"marking": join_all([one.marking, *(markings[name] for name in one.derived_from)])})
        for one in file.statements
    )


async def _assigned(c: AsyncConnection, request: DraftFromPool, country: str) -> list[frozenset[Mark]]:
    """For each assignment to this country the observables it may mean."""
    if request.assigned is None:
        return []
    file = Assignments.model_validate_json(await documents.get(c, request.assigned))
    return [marks_of(one) for one in file.assignments if one.country == country]


def _package_readers(request: DraftFromPool, country: str, directory: Directory) -> tuple[str, ...]:
    """Who is named, all of them of this country; else its law enforcement."""
    if request.named:
        _need_in_directory(request.named, directory)
        everybody = directory.by_id()
        strangers = [name for name in sorted(set(request.named)) if everybody[name].country != country]
        if strangers:
            sentence = f"{', '.join(strangers)}: not of {country}; its package goes to nobody else."
            raise RefusedError(sentence, reason=RefusalReason.NOT_PERMITTED)
        return tuple(sorted(set(request.named)))
    readers = of_country(directory, country)
    if not readers:
        sentence = f"The directory has no law enforcement of {country}; name who is to get it (--for)."
        raise RefusedError(sentence, reason=RefusalReason.NOTHING_TO_DO)
    return readers


def _need_in_directory(readers: tuple[str, ...], directory: Directory) -> None:
    known = directory.by_id().keys()
    unknown = sorted(set(readers) - known)
    if unknown:
        sentence = f"{', '.join(unknown)}: not in the directory; nothing was drafted."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)


async def _need_same_country(c: AsyncConnection, request: DraftFromPool, country: str) -> None:
    """What takes the place of a package is one of the same country: else its readers would get another's."""
    if request.earlier is None:
        return
    built = {one.notice: one.country for one in await products.packages(c, request.incident)}
    if built.get(request.earlier) != country:
        sentence = f"{request.earlier} is no package of {country}; nothing was drafted."
        raise RefusedError(sentence, reason=RefusalReason.UNKNOWN_SUBJECT)


def _need_to_fit(observables: int, what: str) -> None:
    if observables > MAX_OBSERVABLES_TOLD:
        sentence = (
            f"The {what} would tell {observables} observables, and at most {MAX_OBSERVABLES_TOLD} fit; "
            "build it in parts, naming the reports and contributions of each (--items)."
        )
        raise RefusedError(sentence, reason=RefusalReason.CONDITIONS_UNMET)
