"""How fast collisions are found: a plan of 5,000 actions at once, one action more, and the same with sealed targets.

    python3 run.py exec python -m benchmarks.deconfliction [--actions 5000] [--targets 3] [--repetitions 5] [--seed 1]

The plan: actions of fourteen days in thirty countries, a few in the hundred that speak in public or arrest, targets of
every kind of which one in ten is somebody else's too. The floor, in the same run: comparing every pair of a plan of
a fiftieth of that, scaled to the whole. One JSON document; the exit code is 1 if a target is missed.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

from leerp.plans import Action
from leerp.pointers import OperationKey, seal
from matrices.collisions import CollisionIndex, Place
from matrices.deconfliction import compared, conflicts, shipped_incompatibilities
from tests.matrices.pairwise import pairwise

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TYPES = (
    *["search"] * 3,
    *["arrest"] * 2,
    *["public_statement", "victim_notification"],
    *["takedown", "seizure", "sinkhole"] * 8,
    *["covert_monitoring", "controlled_login"] * 5,
    *["disclosure_request", "preservation_request", "forensic_analysis", "asset_freeze"] * 16,
)
ONE_IN_TEN = 0.1
TARGETS = {"plan_seconds": 1.0, "one_more_milliseconds": 10.0}


def target(random: Random, shared: int) -> dict[str, str]:
    """A target; one in ten is of a few that many know."""
    number = random.randrange(shared) if random.random() < ONE_IN_TEN else random.randrange(10**7)
    kind = random.choice(["ipv4", "ipv4", "domain", "domain", "url", "ip_range", "wallet", "account", "registrant"])
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    value = {
        "ipv4": address,
        "ip_range": f"{address}/28",
        "domain": f"c{number}.evil{number % 997}.example",
        "url": f"https://c{number}.evil{number % 997}.example/gate",
    }.get(kind, f"{kind}:{number}")
    return {"kind": kind, "value": value}


def plan(count: int, *, targets: int, seed: int) -> list[Action]:
    """A plan of so many actions."""
    random = Random(seed)  # noqa: S311 - no secret
    made = []
    for number in range(count):
        begins = NOON + timedelta(minutes=15 * random.randrange(14 * 96))
        made.append(
            Action.model_validate(
                {
                    "id": f"A{number:05}",
                    "title": "Action",
                    "type": random.choice(TYPES),
                    "owner": f"unit-{number % 30}",
                    "country": random.choice(["DE", "FR", "NL", "ES"]),
                    "targets": [target(random, count // 10) for _ in range(targets)],
                    "starts_at": begins,
                    "ends_at": begins + timedelta(minutes=random.choice([30, 60, 240, 2_880])),
                    "after": [f"A{random.randrange(number):05}"] if number and random.random() < ONE_IN_TEN else [],
                }
            )
        )
    return made


def timed(deed: Callable[[], object], repetitions: int) -> list[float]:
    """The seconds of processor time each run takes: others may use the machine too."""
    took = []
    for _ in range(repetitions):
        begun = time.process_time()
        deed()
        took.append(time.process_time() - begun)
    return took


def one_more(actions: list[Action]) -> list[float]:
    """The seconds that each of a hundred more actions takes, put into an index that holds the others."""
    index = CollisionIndex(shipped_incompatibilities())
    for action in actions[:-100]:
        index.put(Place("", action.id), action)
    return [timed(lambda action=action: index.put(Place("", action.id), action), 1)[0] for action in actions[-100:]]  # type: ignore[misc]


def sealed(actions: list[Action]) -> tuple[list[float], int]:
    """The seconds for a plan of which one action in twenty is sealed, tokens of the open ones included."""
    key = OperationKey(operation="X-1", key="K-1", secret="07" * 32, made_at=NOON)
    mixed = [
        action.model_copy(
            update={"targets": (), "sealed": seal(action.targets, key=key, nonce=number.to_bytes(32, "big"))}
        )
        if number % 20 == 0
        else action
        for number, action in enumerate(actions)
    ]
    index = CollisionIndex(shipped_incompatibilities())
    took = timed(lambda: index.keep(compared({"": mixed}, keys={"": [key]})), 1)
    return took, len(index.pairs)


def main(arguments: list[str]) -> int:
    """Measure and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("actions", 5_000), ("targets", 3), ("repetitions", 5), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    wanted = parser.parse_args(arguments)
    actions = plan(wanted.actions + 100, targets=wanted.targets, seed=wanted.seed)
    whole = timed(lambda: conflicts(actions[: wanted.actions]), wanted.repetitions)
    more = one_more(actions)
    few = actions[: wanted.actions // 50]
    floor = timed(lambda: pairwise(few, shipped_incompatibilities()), 1)[0]
    pointers, met = sealed(actions[: wanted.actions])
    measured = {
        "plan_seconds": round(statistics.median(whole), 3),
        "one_more_milliseconds": round(1_000 * max(more), 3),
    }
    document = {
        "benchmark": "deconfliction",
        "python": platform.python_version(),
        "actions": wanted.actions,
        "targets_each": wanted.targets,
        "conflicts": len(conflicts(actions[: wanted.actions])),
        **measured,
        "plan_seconds_each": [round(one, 3) for one in whole],
        "one_more_milliseconds_median": round(1_000 * statistics.median(more), 3),
        "every_pair_of_a_fiftieth_seconds": round(floor, 2),
        "every_pair_of_all_seconds_scaled": round(50**2 * floor, 1),
        "same_as_every_pair_of_a_fiftieth": pairwise(few, shipped_incompatibilities()) == conflicts(few),
        "one_in_twenty_sealed_seconds": round(pointers[0], 2),
        "one_in_twenty_sealed_conflicts": met,
        "targets": TARGETS,
        "within_targets": all(measured[name] <= limit for name, limit in TARGETS.items()),
    }
    print(json.dumps(document, indent=2))
    return 0 if document["within_targets"] and document["same_as_every_pair_of_a_fiftieth"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
