"""Which contact point of a reader a notice goes over."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from activities.planned_deliveries import DeliveryPlanner, Earlier, digest
from activities.rooms import Rooms
from leerp.hours import Hours
from leerp.keys import Key, KeyKind
from leerp.marking import Level, Marking, WithheldReason
from leerp.notices import Mode, Notice, NoticeKind, Planned, Portion, Relation, Section, VariantFile
from leerp.stakeholders import ContactPoint, Directory, Group, Stakeholder
from notifications.channels import Channel, ChannelsFile, build_channels
from notifications.forms import pdf
from notifications.view import View

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
        """An open channel up to BPL, and secure ones up to CONFIDENTIEL, of which one carries texts alone."""
        self._people = people
        file = ChannelsFile.model_validate(
            {
                "channels": {
                    "open": {"type": "outbox", "maximum": "BPL"},
                    "secure": {"type": "outbox", "maximum": "CONFIDENTIEL"},
                    "secure-too": {"type": "outbox", "maximum": "CONFIDENTIEL"},
                    "secure-text": {"type": "outbox", "maximum": "CONFIDENTIEL", "forms": ["text"]},
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
    house = House()
    planner = DeliveryPlanner(notice, cast("Rooms", house), directory=house.directory(), at=AT)
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
    house = House(tuple(people))
    planner = DeliveryPlanner(launch(*portions), cast("Rooms", house), directory=house.directory(), at=AT)
    plans = planner.first([one.id for one in people], former={})
    sent = [(plan.planned, plan.variant) for plan in plans if plan.variant]
    wrong = [planned.reader.id for planned, variant in sent if planned.variant_sha256 != digest(variant.files)]
    assert wrong == []
    assert len({plan.planned.variant_sha256 for plan in plans}) == len(levels)


def test_all_documents_are_begun_before_the_first_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that somebody is to get, once; and none for a contact point over which nothing goes."""
    events: list[str] = []

    def begin(view: View) -> Callable[[], VariantFile]:
        banner = view.banner
        events.append(f"begun {banner}")

        def make() -> VariantFile:
            events.append(f"made {banner}")
            return VariantFile(name="message.pdf", media_type="application/pdf", content=banner.encode())

        return make

    monkeypatch.setattr(pdf, "begin", begin)
    people = [stakeholder(f"reader-{n}", level, "open", "secure") for n, level in enumerate([Level.RESTREINT] * 9)]
    people.append(stakeholder("uncleared", Level.BPL, "secure"))
    house = House(tuple(people))
    notice = launch(
        Portion(section=Section.TITLE, text="Launched", marking=Marking()),
        Portion(section=Section.FACT, text="Ten hospitals hit", marking=Marking(level=Level.RESTREINT)),
    )
    planner = DeliveryPlanner(notice, cast("Rooms", house), directory=house.directory(), at=AT)
    plans = planner.first([one.id for one in people], former={})
    high, low = Marking(level=Level.RESTREINT).banner, Marking().banner
    assert events == [f"begun {high}", f"begun {low}", f"made {high}", f"made {low}"]
    assert [plan.planned.marking == Marking() for plan in plans] == [False] * 9 + [True]


def test_what_was_begun_for_a_draft_is_not_set_again_for_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The draft's documents are those of the released notice, read of the store again; so are those asked for next."""
    begun: list[str] = []

    def begin(view: View) -> Callable[[], VariantFile]:
        begun.append(view.banner)
        return lambda: VariantFile(name="message.pdf", media_type="application/pdf", content=view.banner.encode())

    monkeypatch.setattr(pdf, "begin", begin)
    people = (stakeholder("cleared", Level.RESTREINT, "open", "secure"), stakeholder("gone", None, "open"))
    house = House(people)
    draft = launch(
        Portion(section=Section.TITLE, text="Launched", marking=Marking()),
        Portion(section=Section.FACT, text="Two harbours hit", marking=Marking(level=Level.RESTREINT)),
    )
    high, low = Marking(level=Level.RESTREINT).banner, Marking().banner
    read = draft.model_copy(update={"restrictions_read": True})
    planner_of(house, read).begin(["cleared", "nobody"])
    assert begun == [high]
    released = planner_of(house, Notice.model_validate_json(draft.model_dump_json()))
    (plan,) = released.first(["cleared"], former={})
    assert begun == [high]
    released.begin_next(["cleared"], tried={"cleared": {"secure"}})
    assert begun == [high, low]
    (again,) = released.next(["cleared"], tried={"cleared": {"secure"}})
    assert begun == [high, low]
    assert (plan.planned.channel, again.planned.channel) == ("secure", "open")


def planner_of(house: House, notice: Notice) -> DeliveryPlanner:
    """A planner of a notice, as each activity makes its own."""
    return DeliveryPlanner(notice, cast("Rooms", house), directory=house.directory(), at=AT)


def test_a_reader_is_told_of_the_earlier_notice_that_it_has_and_when_that_was_issued() -> None:
    """Not of the one that the notice itself names, which never reached this reader; who has none is told of none."""
    earlier = Earlier("N-0", AT - timedelta(hours=2))
    named = {"relation": Relation.REPLACES, "earlier": "N-00", "earlier_at": AT - timedelta(hours=1)}
    notice = launch(Portion(section=Section.TITLE, text="Launched", marking=Marking())).model_copy(update=named)
    house = House()
    planner = DeliveryPlanner(
        notice, cast("Rooms", house), directory=house.directory(), at=AT, told={"cleared": earlier}
    )
    found = {}
    for plan in planner.first(["cleared", "uncleared"], former={}):
        assert plan.variant is not None
        (alert,) = [file.content for file in plan.variant.files if file.name == "notice.cap.xml"]
        found[plan.planned.reader.id] = re.findall(rb"<references>(.*)</references>", alert)
    assert found == {"cleared": [b"centre@leerp.invalid,N-0,2026-11-22T01:00:00-00:00"], "uncleared": []}


OFFICE = Hours(zone="UTC", open=("mon-fri 08:00-18:00",))  # closed at three o'clock on a Sunday


def over(*contacts: ContactPoint, minutes: int | None = 30, sealed: tuple[str, ...] = ()) -> Planned:
    """How a reader with these contact points, cleared to RESTREINT, is reached with a notice at BPL and RESTREINT."""
    notice = launch(
        Portion(section=Section.TITLE, text="Launched", marking=Marking()),
        Portion(section=Section.FACT, text="Hospitals hit", marking=Marking(level=Level.RESTREINT)),
    ).model_copy(update={"acknowledge_within_minutes": minutes})
    reader = Stakeholder(id="a", name="a", group=Group.AGENCY, clearance=Level.RESTREINT, contacts=contacts)
    house = House((reader,))
    house.channels = {
        name: cast("Channel", Sealed(channel)) if name in sealed else channel
        for name, channel in house.channels.items()
    }
    planner = DeliveryPlanner(notice, cast("Rooms", house), directory=house.directory(), at=AT)
    (plan,) = planner.first(["a"], former={})
    return plan.planned


class Sealed:
    """A channel that sends to nobody without a key."""

    needs_key = True

    def __init__(self, channel: Channel) -> None:
        """Like this channel otherwise."""
        self.maximum, self.forms = channel.maximum, channel.forms


def point(channel: str, *, hours: Hours | None = None, key: Key | None = None) -> ContactPoint:
    """A contact point."""
    return ContactPoint(channel=channel, address=f"a@{channel}.example", hours=hours, key=key)


def key(*, expires_at: datetime | None) -> Key:
    """A key that ends then."""
    return Key(kind=KeyKind.OPENPGP, fingerprint="1" * 40, pinned_at=AT, expires_at=expires_at, certificate="…")


def test_with_a_deadline_an_open_contact_point_comes_before_a_closed_one() -> None:
    """Of two that carry the same; without a deadline, and where both are closed, the directory's order stands."""
    first, second = point("secure", hours=OFFICE), point("secure-too")
    assert over(first, second).channel == "secure-too"
    assert over(first, second, minutes=None).channel == "secure"
    assert over(first, point("secure-too", hours=OFFICE)).channel == "secure"


def test_hours_never_cost_a_reader_a_part_of_the_notice() -> None:
    """The open channel may carry the frame alone: the whole goes to the closed desk, and to nobody less is withheld."""
    plan = over(point("open"), point("secure", hours=OFFICE))
    assert (plan.channel, plan.marking) == ("secure", Marking(level=Level.RESTREINT))
    assert over(point("secure", hours=OFFICE)).withheld is None


def test_more_forms_are_not_more_of_the_notice() -> None:
    """Of two channels that may carry the same, the first is taken, though the second carries it in more forms."""
    assert over(point("secure-text"), point("secure")).channel == "secure-text"


def test_the_key_goes_with_the_plan_and_nothing_goes_without_one_that_is_needed() -> None:
    """Over a channel that needs one: a key that holds is planned with; a missing and an expired one withhold."""
    good, old = key(expires_at=AT + timedelta(seconds=1)), key(expires_at=AT)
    assert over(point("secure", key=good), sealed=("secure",)).key == good
    assert over(point("secure"), sealed=("secure",)).withheld == WithheldReason.KEY_MISSING
    assert over(point("secure", key=old), sealed=("secure",)).withheld == WithheldReason.KEY_EXPIRED


def test_without_a_key_that_is_needed_another_contact_point_is_taken() -> None:
    """A channel that does not ask for a key carries what it may; an expired key is not planned with."""
    assert over(point("secure"), point("open"), sealed=("secure",)).channel == "open"
    plan = over(point("secure", key=key(expires_at=AT)))
    assert (plan.withheld, plan.key) == (None, None)
