"""Early warnings as they stand in the ledger once they were sent."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from leerp.marking import Level, Marking, WithheldReason
from leerp.notices import DeliveryState, Form, Mode, Notice, NoticeKind, Planned, Portion, Said, Section, Variant
from leerp.observables import Observable, ObservableKind
from notifications.forms import stix
from notifications.rendering import render
from records import ledger, notices
from records.ledger import Outcome
from tests.desk.browsing import DeskHere

BPL, RESTREINT = Marking(level=Level.BPL), Marking(level=Level.RESTREINT)


def portion(*names: str, marking: Marking = BPL) -> Portion:
    """A portion that tells some domains."""
    observables = tuple(Observable(kind=ObservableKind.DOMAIN, value=f"{name}.example") for name in names)
    text = f"Block {', '.join(names)}."
    return Portion(section=Section.INDICATOR, text=text, marking=marking, said=Said(observables=observables))


def warning(reference: str, number: int, portions: Sequence[Portion], *, kind: NoticeKind) -> Notice:
    """A notice of some portions with a title."""
    title = Portion(section=Section.TITLE, text=f"Warning {number}", marking=BPL)
    return Notice(
        id=f"N-{number}",
        incident=reference,
        kind=kind,
        mode=Mode.ACTUAL,
        issued_at=datetime.now(UTC),
        issuer="The centre",
        portions=(title, *portions),
    )


async def send(
    desk: DeskHere,
    reference: str,
    number: int,
    portions: Sequence[Portion],
    *,
    readers: Sequence[str] = ("csirt-fr",),
    kind: NoticeKind = NoticeKind.EARLY_WARNING,
    state: DeliveryState = DeliveryState.SENT,
    channel: str = "email",
    maximum: Level = Level.SECRET,
) -> dict[str, bytes]:
    """Draft a notice, render it for each reader, plan it, and settle its lines; the bundle of each reader."""
    notice, at = warning(reference, number, portions, kind=kind), datetime.now(UTC)
    variants = [_rendered(desk, notice, reader, channel, maximum) for reader in readers]
    store = desk.house.store
    async with store.writing() as tx:
        await notices.save(tx, notice, audience=readers, directory_version="1", at=at)
        lines = [
            Planned(reader=_reader(desk, one.reader), channel=channel, address="a@b.example", marking=one.marking)
            for one in variants
        ]
        await ledger.plan(tx, incident=reference, notice=notice.id, kind=kind, planned=lines, at=at)
        await ledger.store_variants(tx, notice.id, variants)
        if state is not DeliveryState.PLANNED:
            reason = None if state is DeliveryState.SENT else "unreachable"
            await ledger.settle(tx, notice.id, [Outcome(one, channel, state, reason, at) for one in readers])
    return {one.reader: next(f.content for f in one.files if f.media_type == stix.MEDIA_TYPE) for one in variants}


def _reader(desk: DeskHere, name: str) -> Any:
    stakeholder = desk.house.rooms.directory().stakeholder(name)
    assert stakeholder
    return stakeholder.reader(stakeholder.contacts[0])


def _rendered(desk: DeskHere, notice: Notice, reader: str, channel: str, maximum: Level) -> Variant:
    made = render(
        notice, _reader(desk, reader), channel=channel, maximum=maximum, at=notice.issued_at, forms=(Form.STIX,)
    )
    assert not isinstance(made, WithheldReason), made
    return made


def objects_of(bundle: bytes) -> dict[str, dict[str, Any]]:
    """The objects of a bundle by id."""
    return {one["id"]: one for one in json.loads(bundle)["objects"]}
