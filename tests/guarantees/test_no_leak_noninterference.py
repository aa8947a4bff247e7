"""DESIGN rule 4: what a reader may not see leaves the bytes this reader receives unchanged."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from leerp.marking import Consent, Level, Reader, WithheldReason, refusal
from leerp.notices import Form, Mode, NoticeKind, Portion, Variant
from leerp.observables import Observable, ObservableKind
from leerp.plans import AlertLevel, Conflict, Plan
from notifications.channels.smtp.mail import mail
from notifications.composing import compose
from notifications.context import PackageWord
from notifications.forms.bundle import unpacked
from notifications.identity import message_id
from notifications.rendering import render
from tests.notifications import cast, strategies


@dataclass(frozen=True)
class Situation:
    """One reader, one way to reach it, and two notices that differ only in what this reader may not see."""

    kind: NoticeKind
    mode: Mode
    reader: Reader
    maximum: Level | None
    consents: tuple[Consent, ...]
    restrictions_read: bool
    one: tuple[Portion, ...]
    other: tuple[Portion, ...]

    def received(self, portions: tuple[Portion, ...]) -> Variant | WithheldReason:
        """What the reader gets if the notice has these portions."""
        notice = cast.notice(self.kind, portions, mode=self.mode, restrictions_read=self.restrictions_read)
        return render(
            notice,
            self.reader,
            channel="email",
            maximum=self.maximum,
            at=cast.AT,
            consents=self.consents,
            forms=tuple(Form),
        )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """The visible portions in one order, and twice other hidden ones anywhere between them."""
    reader = draw(strategies.readers)
    maximum = draw(strategies.maxima)
    consents = draw(strategies.consents)
    read = draw(st.booleans())

    def visible(portion: Portion) -> bool:
        reason = refusal(
            portion.marking, reader, channel_maximum=maximum, consents=consents, restrictions_read=read, at=cast.AT
        )
        return reason is None

    drawn = draw(st.lists(strategies.portions, min_size=1, max_size=6))
    more = draw(st.lists(strategies.portions, min_size=1, max_size=6))
    shown = [portion for portion in drawn if visible(portion)]
    mixed = []
    for pool in (drawn, more):
        hidden = [portion for portion in pool if not visible(portion)]
        whole = list(shown)
        for portion in hidden:
            whole.insert(draw(st.integers(0, len(whole))), portion)
        mixed.append(tuple(whole) or (cast.notice(NoticeKind.UPDATE).portions[0],))
    return Situation(
        kind=draw(st.sampled_from(NoticeKind)),
        mode=draw(st.sampled_from(Mode)),
        reader=reader,
        maximum=maximum,
        consents=consents,
        restrictions_read=read,
        one=mixed[0],
        other=mixed[1] if shown else mixed[0],
    )


@settings(max_examples=200, deadline=None)
@given(situations())
def test_hidden_portions_change_no_byte(situation: Situation) -> None:
    """Changing, adding, moving or removing hidden portions changes no byte of any file of any form, subject or name."""
    one, other = situation.received(situation.one), situation.received(situation.other)
    if isinstance(one, Variant) and isinstance(other, Variant):
        event(f"received, with other hidden portions: {situation.one != situation.other}")
        assert one == other
        assert [file.name for file in one.files] == [file.name for file in other.files]
        assert [file.content for file in one.files] == [file.content for file in other.files]
        assert one.subject == other.subject
        assert {"message.txt", "message.html", "notice.json", "message.pdf"} <= {file.name for file in one.files}
    else:
        assert not isinstance(one, Variant)
        assert not isinstance(other, Variant)


@settings(deadline=None)
@given(situations())
def test_hidden_portions_change_no_byte_of_the_mail(situation: Situation) -> None:
    """The message on the wire, headers and part boundaries included, is the same whatever is hidden."""
    one, other = situation.received(situation.one), situation.received(situation.other)
    if isinstance(one, Variant) and isinstance(other, Variant):
        sent = [mail(cast.envelope(made), sender="ecc@ec3.example") for made in (one, other)]
        assert sent[0] == sent[1]


@settings(deadline=None)
@given(situations())
def test_nothing_hidden_is_in_the_bytes(situation: Situation) -> None:
    """A word that stands only in hidden portions stands in nothing the reader receives."""
    word = "xyzzy-only-here"
    made = situation.received(situation.one)
    if not isinstance(made, Variant):
        return
    hidden = tuple(
        portion.model_copy(update={"text": portion.text + word}) if portion not in _seen(made, situation) else portion
        for portion in situation.one
    )
    received = situation.received(hidden)
    assert isinstance(received, Variant)
    assert all(word.encode() not in file.content for file in received.files)
    packed = [file.content for file in received.files if file.name == "package.zip"]
    assert all(word.encode() not in content for one in packed for content in unpacked(one).values())
    assert word not in received.subject


def _seen(made: Variant, situation: Situation) -> list[Portion]:
    """The portions whose every limit the reader meets: those that the variant's marking is at least as tight as."""
    return [portion for portion in situation.one if portion.marking.join(made.marking) == made.marking]


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("reader", [cast.PARTNER, cast.OUTSIDER], ids=lambda reader: reader.id)
def test_a_restricted_report_changes_nothing_for_others(kind: NoticeKind, reader: Reader) -> None:
    """What is derived from a report is marked as it is: its content shows nowhere below its marking."""
    secret = cast.report(
        title="Another title",
        narrative="Another story",
        observed_at=cast.AT - timedelta(days=3),
        observables=(Observable(kind=ObservableKind.DOMAIN, value="other.example"),),
    )
    usual = cast.context()
    classification = usual.classification
    assert classification is not None
    assert usual.product is not None
    assert usual.package is not None
    hidden = cast.pooled(title="Another secret", observables=secret.observables, first_seen=())
    changed = cast.context(
        reports=((secret, cast.B2), (secret, cast.B2), *usual.reports[1:]),
        classification=classification.model_copy(update={"level": "minor", "ask_for": (), "triggers": ()}),
        facts={"countries": ("PL",)},
        assessments=(("Quite another thing.", cast.RESTRICTED), *usual.assessments[1:]),
        plan=usual.plan.model_copy(
            update={
                "version": 9,
                "actions": (*usual.plan.actions, cast.action("A3", title="Hidden", marking=cast.RESTRICTED)),
                "agreed_by": (),
            }
        ),
        closing={"outcome": "normal_procedure", "reason": "Another reason", "marking": cast.RESTRICTED},
        product=usual.product.model_copy(
            update={
                "statements": (cast.product().statements[0], *usual.product.statements),
                "reports": (),
                "contributions": (hidden, hidden, usual.product.contributions[1]),
            }
        ),
        package=PackageWord(country="DE", items=(hidden, hidden, *usual.package.items[1:], hidden)),
    )
    received = [
        render(
            cast.notice(kind, compose(kind, one)),
            reader,
            channel="email",
            maximum=Level.SECRET,
            at=cast.AT,
            forms=tuple(Form),
        )
        for one in (usual, changed)
    ]
    assert received[0] == received[1]


def test_a_message_id_tells_nothing() -> None:
    """The Message-ID follows from notice, reader and channel alone, and is no plain name of any of them."""
    made = message_id("n-5f2c", "csirt-fr", "email")
    assert made == message_id("n-5f2c", "csirt-fr", "email")
    assert len({made, message_id("n-5f2c", "csirt-de", "email"), message_id("n-5f2c", "csirt-fr", "secure")}) == 3
    assert "csirt-fr" not in made


def hidden_plans() -> tuple[Plan, Plan]:
    """Twice the same two actions that everybody may see; around them what a reader may not, in two quite other ways.

    In the one the hidden actions lead, support, hold up, collide and are sealed; in the other there is one of them.
    """
    seen = (
        cast.action("A1", lead="liaison-de", support=("poc-de", "csirt-fr"), agency="Cyber police", case="7 Js 1/17"),
        cast.action("A9", needs=("A1",), after=("Z1",), starts_at=cast.AT + timedelta(hours=9), ends_at=cast.LATE),
    )
    first = (
        cast.action("B1", marking=cast.RESTRICTED, after=("A1",), needs=("A9",), support=("csirt-xx",), state="failed"),
        cast.action("B2", marking=cast.RESTRICTED, lead="poc-hidden", needs=("B1",), proposed_by="csirt-xx"),
        cast.action("Z1", marking=cast.RESTRICTED, targets=(), sealed=cast.sealed("192.0.2.1"), case="hidden-case"),
    )
    second = (cast.action("Z1", marking=cast.RESTRICTED, title="Quite another", owner="poc-hidden", country="NL"),)
    told = [
        Conflict(first="A1", second=other, alert=AlertLevel.INFORM, because="hidden") for other in ("B1", "B2", "Z1")
    ]
    return (
        Plan(version=9, actions=(first[0], *seen, *first[1:]), conflicts=tuple(told)),
        Plan(version=2, actions=(*seen, *second), agreed_by=("DE",)),
    )


@pytest.mark.parametrize("reader", [cast.PARTNER, cast.OUTSIDER], ids=lambda reader: reader.id)
@pytest.mark.parametrize("kind", [NoticeKind.ACTION_PLAN, NoticeKind.UPDATE, NoticeKind.LAUNCH_EXTERNAL])
def test_hidden_actions_change_no_byte(kind: NoticeKind, reader: Reader) -> None:
    """Neither their owners, leads, supporters, cases and seals, nor who waits for them, nor that they collide."""
    received = [
        render(
            cast.notice(kind, compose(kind, cast.context(plan=plan))),
            reader,
            channel="email",
            maximum=Level.SECRET,
            at=cast.AT,
            forms=tuple(Form),
        )
        for plan in hidden_plans()
    ]
    assert received[0] == received[1]
    if isinstance(received[0], Variant):
        content = b"".join(file.content for file in received[0].files if not file.name.endswith(".pdf"))
        assert not [word for word in (b"hidden", b"csirt-xx", b"Z1", b"B1", b"A9 begins after Z1") if word in content]


def test_who_may_see_both_reads_which_waits_for_which() -> None:
    """A dependency is told to whoever may see both of its actions; of a sealed action nobody reads a collision."""
    plan, _ = hidden_plans()
    notice = cast.notice(NoticeKind.ACTION_PLAN, compose(NoticeKind.ACTION_PLAN, cast.context(plan=plan)))
    insider, outsider = (cast.text(cast.variant(notice, reader)) for reader in (cast.LIAISON, cast.PARTNER))
    assert "A9 begins after A1 is done." in outsider
    assert "A9 begins after Z1 has ended." in insider
    assert "A9 begins after Z1" not in outsider
    assert "CONFLICT between A1 and B1" in insider
    assert "CONFLICT between A1 and Z1" not in insider
    assert "Targets: not shown by their owner" in insider
    assert "Support: poc-de, csirt-fr" in outsider
