"""Which contact point of a reader a notice goes over."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from activities.planned_deliveries import DeliveryPlanner, digest
from activities.rooms import Rooms
from leerp.marking import Level, Marking, WithheldReason
from leerp.notices import Mode, Notice, NoticeKind, Planned, Portion, Section
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.channels import Channel, ChannelsFile, build_channels

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)


def stakeholder(name: str, clearance: Level | None, *channels: str) -> Stakeholder:
    """A contact point of an agency, reached over these channels, the first one first."""
    contacts = tuple(ContactPoint(channel=one, address=f"{name}@{one}.example") for one in channels)
    return Stakeholder(id=name, name=name, group=Group.AGENCY, clearance=clearance, contacts=contacts)


PEOPLE = (
    stakeholder("cleared", Level.RESTREINT, "open", "secure"),
    stakeholder("uncleared", Level.BPL, "open", "secure"),
    stakeholder("unknown", None, "open", "secure"),
    stakeholder("gone-astray", Level.SECRET, "carrier-pigeon"),
)


class House:
    """The part of the rooms that planning looks at."""

    def __init__(self, people: tuple[Stakeholder, ...] = PEOPLE) -> None:
        """Two channels: an open one up to BPL, a secure one up to CONFIDENTIEL."""
        self._people = people
        file = ChannelsFile.model_validate(
            {
                "channels": {
                    "open": {"type": "outbox", "maximum": "BPL"},
                    "secure": {"type": "outbox", "maximum": "CONFIDENTIEL"},
                }
            }
        )
        self.channels: dict[str, Channel] = build_channels(file, mode=Mode.ACTUAL, outbox=Path("nowhere"))

    def directory(self) -> Directory:
        """The four of them."""
        return Directory(version="1", centre=stakeholder("ec3", Level.SECRET, "secure"), stakeholders=self._people)


def launch(*portions: Portion) -> Notice:
    """A launch notice with these portions."""
    return Notice(
        id="N-1",
        incident="LEERP-2026-0001",
        kind=NoticeKind.LAUNCH_EXTERNAL,
        mode=Mode.ACTUAL,
        issued_at=AT,
        issuer="centre",
        portions=portions,
    )


def planned() -> dict[str, Planned]:
    """What is planned for each of them of a launch with a frame at BPL and a statement at RESTREINT."""
    notice = launch(
        Portion(section=Section.TITLE, text="Launched", marking=Marking()),
        Portion(section=Section.FACT, text="Hospitals hit", marking=Marking(level=Level.RESTREINT)),
    )
    planner = DeliveryPlanner(notice, cast("Rooms", House()), at=AT)
    readers = [one.id for one in PEOPLE] + ["nobody"]
    return {plan.planned.reader.id: plan.planned for plan in planner.first(readers, former={})}


def test_a_cleared_reader_gets_the_whole_over_the_channel_that_may_carry_it() -> None:
    """The open channel stands first and may carry only the frame; the secure one carries all."""
    plan = planned()["cleared"]
    assert (plan.channel, plan.marking) == ("secure", Marking(level=Level.RESTREINT))


def test_of_equals_the_first_contact_point_is_taken() -> None:
    """A reader cleared to BPL sees the same over both channels, and is reached as the directory prefers."""
    assert planned()["uncleared"].channel == "open"


def test_what_is_not_known_is_withheld_and_why_is_said() -> None:
    """Unknown clearance, unknown channel, unknown reader: nobody gets it (DESIGN rule 5)."""
    plans = planned()
    assert [plans[name].withheld for name in ("unknown", "gone-astray", "nobody")] == [
        WithheldReason.CLEARANCE_UNKNOWN,
        WithheldReason.CHANNEL_UNKNOWN,
        WithheldReason.UNKNOWN_READER,
    ]


def test_the_digest_in_the_ledger_is_that_of_the_files_the_reader_gets() -> None:
    """For every one of many readers of different clearance: what the ledger names is what goes out to this reader."""
    levels = (Level.BPL, Level.RESTREINT)
    channels = (("open", "secure"), ("secure",))
    people = [stakeholder(f"reader-{n}", levels[n // 2 % 2], *channels[n % 2]) for n in range(300)]
    portions = (
        Portion(section=Section.TITLE, text="Launched", marking=Marking()),
        *(Portion(section=Section.FACT, text=f"{level} only", marking=Marking(level=level)) for level in levels),
    )
    planner = DeliveryPlanner(launch(*portions), cast("Rooms", House(tuple(people))), at=AT)
    plans = planner.first([one.id for one in people], former={})
    sent = [(plan.planned, plan.variant) for plan in plans if plan.variant]
    wrong = [planned.reader.id for planned, variant in sent if planned.variant_sha256 != digest(variant.files)]
    assert wrong == []
    assert len({plan.planned.variant_sha256 for plan in plans}) == len(levels)
