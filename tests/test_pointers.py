"""Pointers: two countries learn that their targets meet, and nobody learns which targets they have."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leerp.errors import BadInputError
from leerp.observables import Observable
from leerp.plans import Action
from leerp.pointers import SIZES, OperationKey, SealedTargets, _text, _token, opened, pointers, seal
from leerp.selectors import _network
from leerp.targets import AnyTarget, Target, TargetKind
from matrices.collisions import CollisionIndex
from matrices.deconfliction import compared, shipped_incompatibilities
from tests.matrices.test_collisions import TARGETS

NOON = datetime(2017, 5, 13, 12, tzinfo=UTC)
LISTS = ("same", "named", "above", "who")


def key(number: int = 1) -> OperationKey:
    """A key; another number is another key."""
    secret = hashlib.sha256(number.to_bytes(4, "big")).hexdigest()
    return OperationKey(operation="X-1", key=f"K-{number}", secret=secret, made_at=NOON)


def targets(*wanted: dict[str, str]) -> list[AnyTarget]:
    """Targets as a file has them."""
    fields = {"id": "a", "title": "x", "type": "search", "owner": "u", "country": "DE", "targets": wanted}
    return list(Action.model_validate({**fields, "starts_at": NOON, "ends_at": NOON.replace(hour=13)}).targets)


def address(number: int) -> Observable:
    """An address of a /16."""
    return Observable(kind="ipv4", value=str(ip_address("10.7.0.0") + number))


def tokens(sealed: SealedTargets) -> set[str]:
    """Every token in it."""
    return {token for name in LISTS for token in getattr(sealed, name)}


some = st.lists(st.sampled_from(TARGETS), min_size=1, max_size=4).map(lambda chosen: targets(*chosen))
nonces = st.binary(min_size=32, max_size=32)


def relation(one: list[AnyTarget], other: list[AnyTarget], look: Callable[[Action, Action], Any]) -> Any:
    """What two actions with these targets have to do with each other."""
    fields: dict[str, Any] = {"title": "x", "type": "search", "owner": "u", "country": "DE"}
    window = {"starts_at": NOON, "ends_at": NOON.replace(hour=13)}
    return look(Action(id="a", targets=one, **fields, **window), Action(id="b", targets=other, **fields, **window))


def by_rule(first: Action, second: Action, *, keys: tuple[OperationKey, ...] = ()) -> str | None:
    """The rule by which two actions collide."""
    index = CollisionIndex(shipped_incompatibilities())
    index.keep(compared({"X-1": [first, second]}, keys={"X-1": keys}))
    return next((rule.id for rule in index.of("X-1").values()), None)


def sealed_action(action: Action, with_key: OperationKey, nonce: bytes) -> Action:
    """The action with its targets sealed."""
    return action.model_copy(update={"targets": (), "sealed": seal(action.targets, key=with_key, nonce=nonce)})


@settings(max_examples=60, deadline=None)
@given(some, some, st.lists(nonces, min_size=2, max_size=2, unique=True))
def test_sealed_targets_meet_exactly_as_open_ones(one: list[AnyTarget], other: list[AnyTarget], nonce: Any) -> None:
    """Both sealed, or one of them: the same rule speaks as if both had shown their targets."""

    def look(first: Action, second: Action) -> None:
        expected = by_rule(first, second)
        hidden = [sealed_action(action, key(), salt) for action, salt in zip((first, second), nonce, strict=True)]
        assert expected == by_rule(*hidden, keys=(key(),))
        assert expected == by_rule(first, hidden[1], keys=(key(),))
        assert expected == by_rule(hidden[0], second, keys=(key(),))

    relation(one, other, look)


@settings(max_examples=50, deadline=None)
@given(some, some, nonces)
def test_under_another_key_nothing_meets(one: list[AnyTarget], other: list[AnyTarget], nonce: bytes) -> None:
    """Not even the same targets: under another key every token is another one, the filling too."""
    first, second = (seal(each, key=key(number), nonce=nonce) for number, each in ((1, one), (2, other)))
    assert not tokens(first) & tokens(second)

    def look(open_one: Action, open_other: Action) -> None:
        hidden = (sealed_action(open_one, key(1), nonce), sealed_action(open_other, key(2), b"\x00" * 32))
        assert by_rule(*hidden, keys=(key(1), key(2))) is None

    relation(one, other, look)


@settings(max_examples=100, deadline=None)
@given(some, st.tuples(nonces, nonces))
def test_equal_targets_make_equal_tokens_and_nothing_else_does(one: list[AnyTarget], nonce: Any) -> None:
    """Of two parties with the same key: the tokens they share are those of the targets, the filling never agrees."""
    first, second = (seal(one, key=key(), nonce=salt) for salt in nonce)
    made = pointers(one, key())
    for name in LISTS:
        common = set(getattr(first, name)) & set(getattr(second, name))
        assert common == getattr(made, name) or nonce[0] == nonce[1]


@given(st.sampled_from(TARGETS), st.integers(2, 50))
def test_no_token_is_a_plain_hash(target: dict[str, str], number: int) -> None:
    """Of the value, of kind and value, or of what is sealed under the key, with the usual hashes in any spelling."""
    (one,) = targets(target)
    made = opened(seal([one], key=key(number), nonce=b"n" * 32))
    kind, value = one.kind.value, one.value
    texts = [value, f"{kind}:{value}", f"{kind}\0{value}", f"leerp-pointers-1\0same\0{kind}\0{value}"]
    plain = {
        spelled
        for text in texts
        for algorithm in ("md5", "sha1", "sha256", "sha512")
        for digest in [hashlib.new(algorithm, text.encode(), usedforsecurity=False)]
        for spelled in (digest.hexdigest(), digest.hexdigest()[:43])
    }
    assert not plain & set.union(*(set(getattr(made, name)) for name in LISTS))


def test_the_addresses_of_a_network_cannot_be_tried_without_the_key() -> None:
    """All 65,536 addresses of a /16, as plain hashes and under another key: none is found. With the key it is."""
    held = [address(7), address(4_242)]
    sealed = tokens(seal(held, key=key(), nonce=b"n" * 32))
    every = [str(one) for one in ip_network("10.7.0.0/16")]
    plain = {hashlib.sha256(one.encode()).hexdigest() for one in every}
    wrong = {tried(one, key(2)) for one in every}
    assert len(wrong) == 65_536
    assert not sealed & (wrong | plain)
    assert {one for one in every if tried(one, key()) in sealed} == {one.value for one in held}


def tried(value: str, with_key: OperationKey) -> str:
    """The token of an address itself, as somebody with that key would try it."""
    made = _token(bytes.fromhex(with_key.secret), "same", _text(_network(value)))
    assert value != "10.7.0.7" or pointers([address(7)], with_key).same == {made}
    return made


@given(st.integers(1, 10), st.integers(1, 10), nonces)
def test_the_number_of_targets_does_not_show(few: int, more: int, nonce: bytes) -> None:
    """Within a size, every number of targets makes a document of the same length; all tokens are equally long."""
    both = [seal([address(n) for n in range(number)], key=key(), nonce=nonce) for number in (few, more)]
    sizes = {len(one.above) for one in both}
    assert sizes <= set(SIZES)
    if len(sizes) == 1:
        assert len({len(one.model_dump_json()) for one in both}) == 1
    assert {len(token) for one in both for token in tokens(one)} == {43}
    assert all(len(getattr(one, name)) == len(one.same) for one in both for name in LISTS)


def test_which_kinds_of_targets_there_are_does_not_show() -> None:
    """A wallet and an address make documents of the same length, with every list filled up."""
    wallet = Observable(kind="wallet", value="w")
    both = [seal([one], key=key(), nonce=b"n" * 32) for one in (wallet, address(1))]
    assert len({len(one.model_dump_json()) for one in both}) == 1


@pytest.mark.parametrize("bit", range(0, 256, 17))
def test_tokens_look_random(bit: int) -> None:
    """Over a thousand addresses in a row each bit of the tokens is set about half of the time."""
    made = sorted(token for n in range(1_000) for token in pointers([address(n)], key()).same)
    digests = [int.from_bytes(_decoded(token), "big") for token in made]
    share = sum(digest >> bit & 1 for digest in digests) / len(digests)
    assert 0.42 < share < 0.58


def _decoded(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=")


def test_a_secret_does_not_show_when_a_key_is_printed() -> None:
    """Neither in a log line nor in an error."""
    assert key().secret not in repr(key())
    assert key().secret not in str(key())


def test_what_cannot_be_sealed_is_refused() -> None:
    """No targets at all, or more than fit; and randomness that is none."""
    with pytest.raises(BadInputError, match="nothing to seal"):
        seal([], key=key(), nonce=b"n" * 32)
    many = [Observable(kind="ipv6", value=f"2001:db8:{n:x}::1") for n in range(400)]
    with pytest.raises(BadInputError, match="at most 16384 are sealed; split the action"):
        seal(many, key=key(), nonce=b"n" * 32)
    with pytest.raises(BadInputError, match="random bytes"):
        seal([address(1)], key=key(), nonce=b"short")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"same": ("x" * 43,)}, "have no size"),
        ({"who": tuple(f"{n:043}" for n in reversed(range(64)))}, "sorted tokens"),
        ({"who": tuple(f"{n:042}!" for n in range(64))}, "sorted tokens"),
    ],
)
def test_sealed_targets_that_were_not_made_here_are_refused(change: dict[str, Any], why: str) -> None:
    """Lists of another size, in another order, or with anything else in them."""
    good = seal([address(1)], key=key(), nonce=b"n" * 32)
    with pytest.raises(ValidationError, match=why):
        SealedTargets.model_validate(good.model_dump() | change)


def test_an_action_shows_its_targets_or_seals_them() -> None:
    """Not both: what is sealed would not be."""
    sealed = seal([address(1)], key=key(), nonce=b"n" * 32)
    fields: dict[str, Any] = {"id": "a", "title": "x", "type": "search", "owner": "u", "country": "DE"}
    fields |= {"starts_at": NOON, "ends_at": NOON.replace(hour=13), "sealed": sealed}
    assert Action(**fields).sealed == sealed
    with pytest.raises(ValidationError, match="sealed targets and open ones"):
        Action(**fields, targets=[Target(kind=TargetKind.SERVER, value="s-1")])
