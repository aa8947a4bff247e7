"""Forms for what officers do beside the acts of the protocol: acknowledge, contributions, hits, private data."""

from contextlib import suppress

from activities.arriving import Arrival
from activities.contributing import PendingActs
from activities.hits import HitActs
from activities.private_data import PrivateDataActs
from activities.private_data_routing import NATIONAL_UNITS
from desk.access.acts import DeskAct
from desk.web.acting.case import ActForm, Case, Made, Making, Sheet
from desk.web.acting.done import newest
from desk.web.acting.fields import Field, Kind, Option, reason
from desk.web.acting.notices import GIVEN, PEOPLE_SAY, yes_or_no
from leerp.contributions import Contribution, ContributionReceipt
from leerp.errors import BadInputError, ServiceMissingError
from leerp.journal import JournalKind
from leerp.marking import Marking
from leerp.private_data import PrivateData, PrivateDataDecision
from records import documents, ledger, notices, pending, private_data, waiting_calls

MOST_LISTED = 2_000
"""How many observables of a contribution a page lists with a box each."""

MOST_SILENT = 500


async def _acknowledge_sheet(case: Case) -> Sheet:
    sent = await case.sent()
    calls = await waiting_calls.of_incident(case.connection, case.reference)
    named = next((one.value for one in sent if one.value == case.asked.get("notice")), None)
    silent = await ledger.unacknowledged(case.connection, named) if named else []
    return Sheet(
        fields=(
            Field(
                name="notice", label="Notice", kind=Kind.CHOICE, options=sent, given=case.given("notice"), required=True
            ),
            _reader(case, [row.planned.reader.id for row in silent]),
            Field(name="spoken_to", label="Who answered the telephone"),
            Field(name="how", label="How", given=("telephone",), required=True),
        ),
        stake=tuple(("Waits for", line) for line in calls),
        impossible="" if sent else "Nothing was sent that could be confirmed.",
    )


def _reader(case: Case, silent: list[str]) -> Field:
    """Of those who have not confirmed, where the page knows which notice is meant."""
    if not silent or len(silent) > MOST_SILENT:
        return case.reader("reader", "Who has confirmed it")
    options = tuple(Option(one, one) for one in sorted(set(silent)))
    return Field(
        name="reader",
        label="Who has confirmed it",
        kind=Kind.CHOICE,
        options=(Option("", "choose"), *options),
        given=case.given("reader"),
        required=True,
    )


async def _acknowledge(making: Making) -> Made:
    values = making.values
    notice, reader = values.text("notice"), values.text("reader")
    if not (notice and reader and values.text("how")):
        raise BadInputError("Name the notice, the reader who has confirmed it, and how")
    async with making.house.store.reading() as connection:
        stored = await notices.get(connection, notice)
    if stored.incident != making.reference:
        raise BadInputError(f"{notice} is no notice of {making.reference}; choose one of the list")
    await making.house.intake.acknowledge(
        notice,
        reader=reader,
        how=values.text("how")[:256],
        spoken_to=values.text("spoken_to")[:256] or None,
        arrival=Arrival(making.house.now(), making.principal.id),
    )
    return await newest(making, JournalKind.DELIVERY_ACKNOWLEDGEMENT_RECEIVED, anybody=True)


async def _waiting(case: Case) -> tuple[Field, str]:
    found = await pending.of_incident(case.connection, case.reference)
    options = tuple(
        Option(one.id, f"{one.id} of {one.contributor}, {one.observables} observables, {one.flagged} odd")
        for one in found
    )
    named = case.given("contribution", *([found[0].id] if found else []))
    field = Field(
        name="contribution", label="Contribution", kind=Kind.CHOICE, options=options, given=named, required=True
    )
    return field, "" if found else "No contribution waits."


async def _confirm_sheet(case: Case) -> Sheet:
    field, impossible = await _waiting(case)
    if impossible:
        return Sheet(impossible=impossible)
    chosen = field.given[0]
    receipt = await PendingActs(case.house.rooms).show(case.reference, chosen)
    marking = await _marking_of(case, chosen)
    readable = marking is not None and case.sight.may_read(marking)
    return Sheet(
        fields=(field, _without(receipt), reason(required=False)) if readable else (),
        impossible="" if readable else "What it holds is not for your clearance.",
        template="acts/contribution.html",
        more={"receipt": receipt if readable else None, "most": MOST_LISTED},
        reads=((f"contribution {chosen}", marking),) if readable and marking else (),
    )


async def _marking_of(case: Case, identifier: str) -> Marking | None:
    """The marking of a contribution that waits, by its draft."""
    kept = await pending.find(case.connection, case.reference, identifier)
    if kept is None:
        raise BadInputError(f"{identifier} does not wait any more in {case.reference}")
    return Contribution.model_validate_json(await documents.get(case.connection, kept.draft_sha256)).marking


def _without(receipt: ContributionReceipt) -> Field:
    odd = {(one.observable.kind, one.observable.value): one.why for one in receipt.flagged}
    options = tuple(
        Option(f"{one.kind}:{one.value}", f"{one.kind}:{one.value}", odd.get((one.kind, one.value), ""))
        for one in receipt.found[:MOST_LISTED]
    )
    return Field(name="without", label="Leave these out", kind=Kind.SEVERAL, options=options)


async def _confirm(making: Making) -> Made:
    values = making.values
    left_out = values.exactly("without")
    acts = PendingActs(making.house.rooms)
    await acts.confirm(
        making.reference,
        values.text("contribution"),
        actor=making.principal.actor,
        at=making.house.now(),
        without=left_out,
        reason=values.text("reason")[:2_000],
    )
    with suppress(ServiceMissingError):  # the worker's relay tells the engine when it is there
        await (await making.house.engine()).relay()
    return await newest(making, JournalKind.INVESTIGATION_CONTRIBUTION_RECEIVED)


async def _discard_sheet(case: Case) -> Sheet:
    field, impossible = await _waiting(case)
    return Sheet(
        fields=(field, reason(required=True)), impossible=impossible, confirm="Its bytes are kept; it may come again."
    )


async def _discard(making: Making) -> Made:
    values = making.values
    await PendingActs(making.house.rooms).discard(
        making.reference,
        values.text("contribution"),
        actor=making.principal.actor,
        at=making.house.now(),
        reason=values.text("reason")[:2_000],
    )
    return await newest(making, JournalKind.INVESTIGATION_CONTRIBUTION_DISCARDED)


async def _hit_sheet(case: Case) -> Sheet:
    found = await HitActs(case.house.rooms).listing(case.reference)
    options = tuple(Option(one.hit, f"{one.hit} between {' and '.join(one.owners)}") for one in found)
    named = case.given("hit")
    about = [one for one in found if one.hit in named] or found[:1]
    owners = dict.fromkeys(owner for one in (about if named else found) for owner in one.owners)
    said = tuple(
        (f"{word.owner} on {one.hit}", "permits it" if word.given else "does not permit it")
        for one in about
        for word in one.said
    )
    calls = tuple(("Call", call) for one in about for call in one.call)
    return Sheet(
        fields=(
            Field(name="hit", label="Hit", kind=Kind.CHOICE, options=options, given=named, required=True),
            Field(
                name="owner",
                label="Owner",
                kind=Kind.CHOICE,
                options=tuple(Option(one, one) for one in owners),
                given=case.given("owner"),
                required=True,
                help="Whose word it is; it says nothing for the other owner.",
            ),
            Field(
                name="given",
                label="Its word",
                kind=Kind.ONE_OF,
                options=GIVEN,
                given=case.given("given"),
                required=True,
            ),
            Field(name="via", label="Said by", help=PEOPLE_SAY, required=True),
            reason(required=False),
        ),
        stake=said + calls,
        impossible="" if found else "There are no hits.",
    )


async def _hit(making: Making) -> Made:
    values, given = making.values, yes_or_no(making)
    await HitActs(making.house.rooms).say(
        making.reference,
        values.text("hit"),
        owner=values.text("owner"),
        given=given,
        via=values.text("via")[:256],
        actor=making.principal.actor,
        reason=values.text("reason")[:2_000],
    )
    return await newest(
        making, JournalKind.INVESTIGATION_HIT_PERMITTED if given else JournalKind.INVESTIGATION_HIT_REFUSED
    )


async def _private(case: Case) -> tuple[Field, list[PrivateData]]:
    found = [one for one in await private_data.of_incident(case.connection, case.reference) if not one.settled]
    options = tuple(Option(one.item, f"{one.item} of {one.source}, until {one.until:%Y-%m-%d}") for one in found)
    named = case.given("item")
    return Field(name="item", label="Item", kind=Kind.CHOICE, options=options, given=named, required=True), found


_NO_DATA = "Nothing of a private party with personal data waits."
_DECISIONS = (
    Option("resubmitted", "a national unit has given it again", "It stays."),
    Option("erase", "it is to be erased", "By the operator; leerp itself erases nothing of what it has accepted."),
    Option("erased", "it has been erased", "The operator has done so."),
)


async def _private_sheet(case: Case) -> Sheet:
    field, found = await _private(case)
    decisions = Field(name="decision", label="What becomes of it", kind=Kind.ONE_OF, options=_DECISIONS, required=True)
    return Sheet(
        fields=(field, decisions, reason(required=True)),
        stake=tuple(("Waits for", line) for one in found for line in one.sentences),
        impossible="" if found else _NO_DATA,
    )


async def _decide_private(making: Making) -> Made:
    values = making.values
    decision = values.text("decision")
    if decision not in set(PrivateDataDecision):
        raise BadInputError("Choose what becomes of it")
    await PrivateDataActs(making.house.rooms).decide(
        making.reference,
        values.text("item"),
        decision=PrivateDataDecision(decision),
        actor=making.principal.actor,
        reason=values.text("reason")[:2_000],
    )
    return await newest(making, JournalKind.DETECTION_PRIVATE_DATA_DECIDED)


async def _told_sheet(case: Case) -> Sheet:
    field, found = await _private(case)
    unit = case.reader("unit", "National unit that has got it", groups=NATIONAL_UNITS)
    return Sheet(
        fields=(field, unit, reason(required=False)),
        stake=tuple(("Waits for", line) for one in found for line in one.sentences),
        impossible="" if found else _NO_DATA,
    )


async def _told(making: Making) -> Made:
    values = making.values
    await PrivateDataActs(making.house.rooms).confirm(
        making.reference,
        values.text("item"),
        unit=values.text("unit"),
        actor=making.principal.actor,
        reason=values.text("reason")[:2_000],
    )
    return await newest(making, JournalKind.DETECTION_PRIVATE_DATA_CONFIRMED)


FORMS = (
    ActForm(
        name="acknowledge",
        act=DeskAct.RECORD_ACKNOWLEDGEMENT,
        title="Record a confirmation",
        button="Record the confirmation",
        about="A reader has confirmed a notice on the telephone.",
        sheet=_acknowledge_sheet,
        make=_acknowledge,
    ),
    ActForm(
        name="contribution-confirm",
        act=DeskAct.TAKE_CONTRIBUTION,
        title="Pool a contribution",
        button="Pool it",
        about="What was read from prose, or with rows left out, is pooled once you have looked at the list.",
        sheet=_confirm_sheet,
        make=_confirm,
    ),
    ActForm(
        name="contribution-discard",
        act=DeskAct.TAKE_CONTRIBUTION,
        title="Do not pool a contribution",
        button="Do not pool it",
        about="A contribution that waits is not pooled.",
        sheet=_discard_sheet,
        make=_discard,
    ),
    ActForm(
        name="hit-consent",
        act=DeskAct.ANSWER_HIT,
        title="Record an owner's word on a hit",
        button="Record the owner's word",
        about="Whether an owner permits that the other owner of a hit sees what of its information has met.",
        sheet=_hit_sheet,
        make=_hit,
    ),
    ActForm(
        name="private-data",
        act=DeskAct.DECIDE_PRIVATE_DATA,
        title="Decide on private data",
        button="Record the decision",
        about="Personal data that a private party gave is erased unless a national unit gives it again within four"
        " months (Regulation (EU) 2016/794 Art. 26(2)).",
        sheet=_private_sheet,
        make=_decide_private,
    ),
    ActForm(
        name="private-data-told",
        act=DeskAct.DECIDE_PRIVATE_DATA,
        title="A national unit has got private data",
        button="Record the transfer",
        about="Personal data that a private party gave goes to the national units concerned at once.",
        sheet=_told_sheet,
        make=_told,
    ),
)
