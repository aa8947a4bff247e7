"""Contact pins in the store: what is approved, what was confirmed once, on both engines."""

from leerp.keys import Key, KeyKind
from leerp.pins import ContactPin, ContactProposal
from records import contact_pins
from records.store import Store
from tests.records.cast import NOON, later

KEY = Key(kind=KeyKind.OPENPGP, fingerprint="1" * 40, pinned_at=NOON, expires_at=later(60), certificate="-----BEGIN…")


def pin(stakeholder: str, channel: str, address: str, *, key: Key | None = None, by: str | None = None) -> ContactPin:
    """What is approved."""
    return ContactPin(
        stakeholder=stakeholder,
        channel=channel,
        address=address,
        personal=True,
        key=key,
        approved_at=NOON,
        proposed_by="duty-desk" if by else None,
        approved_by=by,
    )


MAIL, SECURE = pin("a", "mail", "desk@a.example", key=KEY), pin("a", "secure", "desk@a.example")
OTHER = pin("b", "mail", "desk@b.example")


async def pinned(store: Store) -> list[ContactPin]:
    """Everything that is approved."""
    async with store.reading() as c:
        return await contact_pins.pins(c, {one.stakeholder for one in await contact_pins.outlines(c)})


async def test_what_is_pinned_is_read_back_the_same(store: Store) -> None:
    """By stakeholder, channel and address, with the whole key; pinned once more it stays as it was."""
    async with store.writing() as tx:
        await contact_pins.add(tx, [OTHER, SECURE, MAIL])
    async with store.writing() as tx:
        await contact_pins.add(tx, [pin("a", "mail", "desk@a.example", by="head")])
    assert await pinned(store) == [MAIL, SECURE, OTHER]


async def test_an_outline_names_the_key_and_does_not_hold_it(store: Store) -> None:
    """What is compared at every notice is the fingerprint; the keys of thousands of readers stay where they are."""
    async with store.writing() as tx:
        await contact_pins.add(tx, [OTHER, SECURE, MAIL])
    async with store.reading() as c:
        found = await contact_pins.outlines(c)
        assert await contact_pins.pins(c, {"b"}) == [OTHER]
    assert [tuple(one) for one in found] == [
        ("a", "mail", "desk@a.example", KEY.fingerprint),
        ("a", "secure", "desk@a.example", None),
        ("b", "mail", "desk@b.example", None),
    ]


async def test_many_are_pinned_at_once(store: Store) -> None:
    """A directory of thousands fits, whatever the number of parameters the engine takes."""
    many = [pin(f"s-{number:04}", "mail", f"desk@s-{number}.example") for number in range(1_201)]
    async with store.writing() as tx:
        await contact_pins.add(tx, many)
    assert await pinned(store) == many


async def test_an_approval_replaces_what_was_approved_there(store: Store) -> None:
    """The former address on that channel is gone; other channels and stakeholders stay."""
    approved = pin("a", "mail", "new@a.example", by="head")
    async with store.writing() as tx:
        await contact_pins.add(tx, [MAIL, SECURE, OTHER])
        await contact_pins.propose(tx, proposal())
        await contact_pins.replace(tx, "a", "mail", [approved])
    assert await pinned(store) == [approved, SECURE, OTHER]
    async with store.reading() as c:
        assert await contact_pins.proposals(c) == []


def proposal(*, stakeholder: str = "a", sha256: str = "5e" * 32, by: str = "duty-desk") -> ContactProposal:
    """A first confirmation."""
    return ContactProposal(
        stakeholder=stakeholder, channel="mail", sha256=sha256, proposed_by=by, proposed_at=NOON, reason="called"
    )


async def test_the_latest_first_confirmation_stands(store: Store) -> None:
    """One for each stakeholder and channel: whoever confirms something else begins anew."""
    other = proposal(stakeholder="b")
    async with store.writing() as tx:
        for one in (other, proposal(), proposal(sha256="ab" * 32, by="head")):
            await contact_pins.propose(tx, one)
    async with store.reading() as c:
        assert await contact_pins.proposals(c) == [proposal(sha256="ab" * 32, by="head"), other]
