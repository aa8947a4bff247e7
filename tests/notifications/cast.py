"""The cast of these tests: a notice with something for everybody, and readers who may see different parts of it."""

from datetime import UTC, datetime, timedelta

from leerp.facts import Activity, Facts, Outlook, Sector, Spread
from leerp.grades import UNGRADED, Grade, Scale
from leerp.incidents import Choice, Classification, Presumption, TeamMember
from leerp.marking import Handling, HandlingCode, Level, Marking, Reader, Tlp
from leerp.notices import Mode, Notice, NoticeKind, Portion, Section, Variant
from leerp.observables import Observable, ObservableKind
from leerp.plans import Action, ActionType, AlertLevel, Conflict, Plan
from leerp.pointers import OperationKey, SealedTargets, seal
from leerp.products import GeneratedSection, Statement
from leerp.reports import Report
from notifications.channels import Envelope
from notifications.composing import Ask, Closing, Meeting, NoticeContext, compose
from notifications.context import OverlapWord, PackageWord, PooledItem, ProductWord, ProviderWord
from notifications.identity import message_id
from notifications.rendering import render

AT = datetime(2017, 5, 12, 9, 14, tzinfo=UTC)
RESTRICTED = Marking(
    level=Level.RESTREINT,
    tlp=Tlp.AMBER,
    handling=(Handling(code=HandlingCode.H1, provider="csirt-lu"),),
)
B2 = Grade(scale=Scale.FOUR_BY_FOUR, code="B2")

OUTSIDER = Reader(id="poc-us", group="le_poc", country="US")
PARTNER = Reader(id="partner-antivirus", group="private_partner", country="SK", clearance=Level.BPL)
CSIRT = Reader(id="csirt-fr", group="csirt_network", country="FR", clearance=Level.RESTREINT)
LIAISON = Reader(
    id="liaison-de",
    group="liaison_bureau",
    country="DE",
    clearance=Level.CONFIDENTIEL,
    cleared_until=AT + timedelta(days=365),
    personal=True,
)
READERS = (OUTSIDER, PARTNER, CSIRT, LIAISON)


def report(**changes: object) -> Report:
    """A report of a CSIRT, restricted."""
    values = {
        "source": "csirt-lu",
        "id": "2017-1",
        "reported_at": AT,
        "observed_at": AT - timedelta(hours=1),
        "title": "Worm encrypts disks",
        "narrative": "It spreads by itself over the file sharing protocol.",
        "marking": RESTRICTED,
        "observables": (
            Observable(kind=ObservableKind.URL, value="http://kill.switch.example/x"),
            Observable(kind=ObservableKind.SHA256, value="ab" * 32),
        ),
    }
    return Report.model_validate(values | changes)


FACTS = Facts(
    activity=Activity.EFFECT,
    sectors=(Sector.HEALTH,),
    countries=("ES", "GB"),
    victims_min=16,
    spread=Spread.FAST,
    outlook=Outlook.WORSENING,
)


def context(**changes: object) -> NoticeContext:
    """All that any notice could be made of: one report restricted, one at BPL."""
    hospital = Report(source="poc-no", id="7", reported_at=AT, title="Hospitals turn patients away")
    values: dict[str, object] = {
        "reference": "LEERP-2017-0001",
        "mode": Mode.ACTUAL,
        "issued_at": AT,
        "issuer": "European Cybercrime Centre",
        "centre_contacts": ("24/7 desk: ecc@ec3.example",),
        "reports": ((report(), B2), (hospital, UNGRADED)),
        "classification": Classification(
            table="leerp-1",
            table_version="1",
            table_sha256="0" * 64,
            level="emergency",
            level_rank=4,
            lowest="severe",
            highest="emergency",
            ask_for=("service_impact", "victims"),
            triggers=("broader propagation: spread is fast",),
            presumption=Presumption.RAISED,
            recommendation=Choice.LAUNCH,
            facts=FACTS,
        ),
        "facts": FACTS,
        "assessments": (("It behaves like a worm.", RESTRICTED), ("Patch first.", Marking())),
        "team": (TeamMember(role="malware analyst", officer="malware-analyst-1"), TeamMember(role="x", officer=None)),
        "command_post": "room LEERP-2017-0001",
        "plan": plan(),
        "meeting": Meeting(at=AT + timedelta(hours=3), place="conference call"),
        "closing": Closing(outcome="normal_procedure", reason="Contained everywhere.", marking=RESTRICTED),
        "asks": (Ask(text="Send samples.", by=AT + timedelta(hours=6)),),
        "next_update_at": AT + timedelta(hours=4),
        "overlaps": (
            OverlapWord(
                reader="liaison-de",
                alert="AL-1",
                action="A2",
                level=AlertLevel.STOP_AND_CALL,
                name="Liaison bureau France",
                country="FR",
                contact="email: desk@liaison-fr.example",
                by=AT + timedelta(minutes=15),
            ),
        ),
        "provider_word": ProviderWord(
            provider="csirt-lu", notice="n-4a00", kind=NoticeKind.UPDATE, readers=("csirt-fr",), by=AT
        ),
        "product": product(),
        "package": PackageWord(
            country="DE", items=(pooled(), pooled(provider="poc-no", marking=Marking(), title=None, narrative=""))
        ),
    }
    return NoticeContext.model_validate(values | changes)


def pooled(**changes: object) -> PooledItem:
    """A contribution as products and packages tell it, restricted."""
    values = {
        "provider": "csirt-lu",
        "at": AT,
        "title": "Traffic of the worm",
        "narrative": "It asks for its kill switch.",
        "marking": RESTRICTED,
        "grade": B2,
        "observables": (Observable(kind=ObservableKind.DOMAIN, value="pooled.example"),),
        "first_seen": (AT - timedelta(hours=2),),
        "because": ("names_the_country",),
    }
    return PooledItem.model_validate(values | changes)


def product() -> ProductWord:
    """An operational analysis: a statement restricted, one at BPL, and what is put in."""
    return ProductWord(
        title="Operational analysis",
        statements=(
            Statement(section=Section.ASSESSMENT, text="One author wrote both.", marking=RESTRICTED, grade=B2),
            Statement(section=Section.SUMMARY, text="The worm is stopped.", marking=Marking()),
        ),
        sections=tuple(GeneratedSection),
        reports=(pooled(title="Hospitals encrypted"),),
        contributions=(pooled(), pooled(provider="poc-no", marking=Marking())),
    )


def action(identifier: str, **changes: object) -> Action:
    """An action at BPL."""
    values = {
        "id": identifier,
        "title": "Seize the control server",
        "type": ActionType.SEIZURE,
        "owner": "poc-de",
        "country": "DE",
        "targets": (Observable(kind=ObservableKind.IPV4, value="192.0.2.1"),),
        "starts_at": AT,
        "ends_at": AT + timedelta(hours=2),
        "legal_basis": "court order",
    }
    return Action.model_validate(values | changes)


LATE = AT + timedelta(hours=12)


def sealed(*addresses: str) -> SealedTargets:
    """These addresses, sealed under a key of an operation."""
    key = OperationKey(operation="LEERP-2017-0001", key="K-1", secret="1f" * 32, made_at=AT)
    return seal([Observable(kind=ObservableKind.IPV4, value=one) for one in addresses], key=key, nonce=b"n" * 32)


def plan() -> Plan:
    """Two actions that collide, the second restricted."""
    return Plan(
        version=2,
        actions=(action("A1"), action("A2", title="Watch it", type=ActionType.COVERT_MONITORING, marking=RESTRICTED)),
        conflicts=(Conflict(first="A1", second="A2", alert=AlertLevel.STOP_AND_CALL, because="same server"),),
        agreed_by=("DE", "FR"),
    )


FRAME = Portion(section=Section.CONTACT, text="Call the coordination centre.", marking=Marking())
"""What every composed notice has: a statement of its structure, at BPL."""


def notice(kind: NoticeKind, portions: tuple[Portion, ...] | None = None, **changes: object) -> Notice:
    """A notice of that kind, composed from the whole context unless portions are given."""
    values = {
        "id": "n-5f2c",
        "incident": "LEERP-2017-0001",
        "kind": kind,
        "mode": Mode.ACTUAL,
        "issued_at": AT,
        "issuer": "European Cybercrime Centre",
        "portions": compose(kind, context()) if portions is None else portions,
        "acknowledge_within_minutes": 30,
        "restrictions_read": True,
    }
    return Notice.model_validate(values | changes)


def variant(of: Notice, reader: Reader, *, maximum: Level = Level.SECRET) -> Variant:
    """What the reader gets over an accredited channel; the test fails if that is nothing."""
    made = render(of, reader, channel="email", maximum=maximum, at=AT)
    assert isinstance(made, Variant), made
    return made


def text(of: Variant) -> str:
    """The plain text of a variant."""
    return of.files[0].content.decode()


def envelope(of: Variant, **changes: object) -> Envelope:
    """The variant on its way to its reader."""
    values = {
        "message_id": message_id(of.notice, of.reader, of.channel),
        "incident": "LEERP-2017-0001",
        "notice": of.notice,
        "mode": Mode.ACTUAL,
        "issued_at": AT,
        "reader": of.reader,
        "address": f"desk@{of.reader}.example",
        "subject": of.subject,
        "variant": of,
    }
    return Envelope.model_validate(values | changes)
