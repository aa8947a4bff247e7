"""The tables shipped beside leerp-1: their numbers at the border, and what must hold of any facts in every table."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leerp.facts import Facts, Sector
from leerp.incidents import Choice, Classification
from matrices.classification import classify, verdict
from matrices.readers import mask_of
from matrices.tables import names, shipped
from tests.matrices.plain_reading import completed, plain_level, raised
from tests.matrices.strategies import blanked, blankings_for, facts_read, known_facts_for, some_facts_for

CHOICES = (Choice.NORMAL, Choice.WATCH, Choice.LAUNCH)
examples = settings(max_examples=80, deadline=None)
every_table = pytest.mark.parametrize("name", names())


def level(table: str, **facts: Any) -> str:
    """The level that a shipped table gives facts."""
    return classify(shipped(table), Facts(**facts)).level


def told(result: Classification) -> list[str]:
    """The rules that a trace names."""
    return [line.partition(":")[0] for line in result.trace]


# What every table keeps to


@every_table
def test_every_shipped_table_reads_and_says_what_it_assumes(name: str) -> None:
    """Each table can be read, and labels what no source settles as a project assumption."""
    document = shipped(name).document
    assert document.table == name
    assert "project assumption" in document.status


@every_table
def test_nothing_known_could_be_anything(name: str) -> None:
    """Of an incident of which nothing is known every table says: the first level, and at most the last one."""
    table = shipped(name)
    result = classify(table, Facts())
    assert (result.lowest, result.highest) == (table.levels[0], table.levels[-1])
    assert result.recommendation is Choice.WATCH
    assert set(result.ask_for) <= set(facts_read(table))


@every_table
@examples
@given(data=st.data())
def test_a_more_severe_fact_never_lowers_the_level(name: str, data: st.DataObject) -> None:
    """Raising a fact lowers neither the level, nor an end of the range, nor the score, nor the recommendation."""
    table = shipped(name)
    facts = data.draw(some_facts_for(table))
    axis = data.draw(st.sampled_from(sorted(facts_read(table))))
    mild, severe = classify(table, facts), classify(table, raised(facts, axis, data))
    assert severe.level_rank >= mild.level_rank
    assert table.levels.index(severe.highest) >= table.levels.index(mild.highest)
    assert (severe.score or 0) >= (mild.score or 0)
    assert CHOICES.index(severe.recommendation) >= CHOICES.index(mild.recommendation)


@every_table
@examples
@given(data=st.data())
def test_an_unknown_never_narrows_the_range(name: str, data: st.DataObject) -> None:
    """Forgetting facts leaves the range as wide as it was, or wider."""
    table = shipped(name)
    facts, unknown = data.draw(some_facts_for(table)), data.draw(blankings_for(table))
    known, forgotten = verdict(table, facts), verdict(table, blanked(facts, unknown))
    assert forgotten.lowest <= known.lowest
    assert forgotten.highest >= known.highest


@every_table
@examples
@given(data=st.data())
def test_the_ends_of_the_range_are_reached(name: str, data: st.DataObject) -> None:
    """The lowest and the highest level are those of facts that could turn out true: the range is not too wide."""
    table = shipped(name)
    facts = data.draw(some_facts_for(table))
    result = classify(table, facts)
    assert plain_level(table, completed(facts, severe=False)) == result.lowest
    assert plain_level(table, completed(facts, severe=True)) == result.highest


@every_table
@examples
@given(data=st.data())
def test_the_level_is_what_a_plain_reading_of_the_table_gives(name: str, data: st.DataObject) -> None:
    """Reading a table rule by rule, as a person would, comes to the same level by every method."""
    table = shipped(name)
    facts = data.draw(known_facts_for(table))
    assert classify(table, facts).level == plain_level(table, facts)


@every_table
@examples
@given(data=st.data())
def test_folding_on_the_way_changes_nothing(name: str, data: st.DataObject) -> None:
    """Taking facts one by one, and dropping what cannot matter any more, comes to the rank of all of them at once."""
    rules = shipped(name).rules
    judge, facts = rules.judge, data.draw(known_facts_for(shipped(name)))
    every = mask_of([True for _ in judge.whens])
    masks = [reader.read(facts).mild for reader in rules.readers]
    matched, state = every, judge.fold(every, 0, 0)
    for at, mask in enumerate(masks):
        later = every
        for reader in rules.readers[at + 1 :]:
            for value in reader.values:
                later &= value.mask
        matched &= mask
        state = judge.fold(state.open & mask, later, state.certain)
    assert judge.rank_of(state.certain) == judge.rank(matched)


# NCISS

WORST: dict[str, Any] = {
    "service_impact": "lost",
    "critical_functions": True,
    "activity": "effect",
    "location": "safety-systems",
    "actor": "apt-targeted",
    "information_impact": "destruction-critical",
    "recoverability": "not-recoverable",
    "sectors": ("energy",),
    "potential_impact": "severe",
}


def test_nciss_scales_from_325_to_3400() -> None:
    """The least sum is 4x30 + 4x20 + 4x20 + 3x15 = 325 and the most 34x100 = 3400, as published weights give."""
    categories = shipped("nciss").document.categories
    assert [one.weight for one in categories] == [6, 5, 4, 4, 2, 4, 3, 6]
    assert sum(one.weight * one.options[0].points for one in categories) == 325
    assert sum(one.weight * one.options[-1].points for one in categories) == 3400


def test_nciss_points_are_the_notional_ones() -> None:
    """Each category offers the points of the demonstration, without those of "Unknown" and each value once."""
    assert [[option.points for option in one.options] for one in shipped("nciss").document.categories] == [
        [0, 20, 35, 40, 50, 60, 70, 100],
        [0, 40, 70, 80, 100],
        [30, 40, 60, 70, 80, 90, 100],
        [20, 30, 40, 65, 80, 100],
        [0, 10, 20, 50, 60, 70, 80, 100],
        [20, 40, 60, 100],
        [15, 20, 30, 35, 40, 50, 60, 75, 80, 100],
        [0, 25, 50, 75, 100],
    ]


def test_nciss_worst_and_nothing_known() -> None:
    """Every question at its worst scores 100; nothing known scores 0, with everything up to emergency possible."""
    worst, nothing = classify(shipped("nciss"), Facts(**WORST)), classify(shipped("nciss"), Facts())
    assert (worst.score, worst.lowest, worst.highest) == (100, "emergency", "emergency")
    assert (nothing.score, nothing.lowest, nothing.highest) == (0, "baseline-negligible", "emergency")


NCISS_SCORES = {
    # 6x100 + 5x100 + 4x90 + 4x40 + 2x100 + 4x60 + 3x30 + 6x100 = 2750; 100 x (2750 - 325) / 3075 = 78.86
    "wards closed": (
        {
            **WORST,
            "location": "critical-systems",
            "actor": "criminal",
            "recoverability": "extended",
            "sectors": ("health",),
        },
        78.86,
        "severe",
    ),
    # 6x0 + 5x70 + 4x30 + 4x40 + 2x10 + 4x20 + 3x35 + 6x25 = 985; 100 x (985 - 325) / 3075 = 21.46
    "letters to a bank": (
        {
            "service_impact": "none",
            "activity": "engage",
            "actor": "criminal",
            "information_impact": "suspected",
            "sectors": ("banking",),
            "potential_impact": "low",
        },
        21.46,
        "baseline-minor",
    ),
    # 6x20 + 5x80 + 4x80 + 4x100 + 2x80 + 4x40 + 3x100 + 6x75 = 2310; 100 x (2310 - 325) / 3075 = 64.55
    "inside a grid": (
        {
            **WORST,
            "service_impact": "none",
            "activity": "presence",
            "location": "critical-management",
            "information_impact": "core-credentials",
            "recoverability": "supplemented",
            "potential_impact": "high",
        },
        64.55,
        "high",
    ),
    # 6x100 + 5x100 + 4x60 + 4x40 + 2x10 + 4x20 + 3x40 + 6x75 = 2170; 100 x (2170 - 325) / 3075 = 60, where high begins
    "just high": (
        {
            "service_impact": "lost",
            "critical_functions": True,
            "activity": "effect",
            "location": "business-management",
            "actor": "criminal",
            "information_impact": "suspected",
            "sectors": ("public-administration", "food"),
            "potential_impact": "high",
        },
        60,
        "high",
    ),
    # The same without 2x10 for information: 2150; 100 x (2150 - 325) / 3075 = 59.35
    "not quite high": (
        {
            "service_impact": "lost",
            "critical_functions": True,
            "activity": "effect",
            "location": "business-management",
            "actor": "criminal",
            "information_impact": "none",
            "sectors": ("public-administration", "food"),
            "potential_impact": "high",
        },
        59.35,
        "medium",
    ),
}


@pytest.mark.parametrize(("facts", "score", "expected"), NCISS_SCORES.values(), ids=NCISS_SCORES.keys())
def test_nciss_scores_exactly(facts: dict[str, Any], score: float, expected: str) -> None:
    """The score is the weighted sum on the scale from 325 to 3400, and the priority the last that begins below it."""
    result = classify(shipped("nciss"), Facts(**facts))
    assert (result.score, result.level) == (score, expected)


def test_nciss_says_what_each_question_gave() -> None:
    """The trace has one line for each category, the one with the most points first."""
    result = classify(shipped("nciss"), Facts(activity="effect", sectors=("energy",)))
    assert result.trace[0].startswith("observed-activity: effect, 100 points, weight 5.")
    assert result.trace[1].startswith("cross-sector-dependency: energy, 100 points, weight 3.")
    assert len(result.trace) == 8


@pytest.mark.parametrize("sector", list(Sector))
def test_nciss_knows_every_sector(sector: Sector) -> None:
    """Each sector of NIS2 is matched with one of the United States: none gives as little as no sector at all."""
    assert (classify(shipped("nciss"), Facts(sectors=(sector,))).score or 0) > 0


# NIS2, Implementing Regulation (EU) 2024/2690

HOUR = {"limited_minutes": 61}
DATA = {"data_compromised": True}
# The row, what else is known, the fact with a border, the border, and the least that lies beyond it.
BORDERS: list[tuple[str, dict[str, Any], str, float, float]] = [
    ("loss-eur", {}, "loss_eur", 500_000, 500_001),
    ("loss-turnover", {}, "loss_turnover_percent", 5, 5.1),
    ("dns-outage", {"entities": ["dns"]}, "outage_minutes", 30, 31),
    ("dns-slow", {"entities": ["dns"]}, "limited_minutes", 60, 61),
    ("tld-outage", {"entities": ["tld"]}, "outage_minutes", 0, 1),
    ("tld-slow", {"entities": ["tld"]}, "limited_minutes", 60, 61),
    ("data-centre-outage", {"entities": ["data-centre"]}, "outage_minutes", 0, 1),
    ("data-centre-limited", {"entities": ["data-centre"]}, "limited_minutes", 60, 61),
    ("trust-outage", {"entities": ["trust-services"]}, "outage_minutes", 20, 21),
    *[
        (f"cloud-cdn-managed-{row}", {"entities": [entity], **known}, fact, border, beyond)
        for entity in ("cloud", "cdn", "managed-services")
        for row, known, fact, border, beyond in (
            ("outage", {}, "outage_minutes", 30, 31),
            ("limited-share", {"users_percent": 6}, "limited_minutes", 60, 61),
            ("limited-share", HOUR, "users_percent", 5, 5.1),
            ("limited-users", HOUR, "users_affected", 1_000_000, 1_000_001),
            ("data-share", DATA, "users_percent", 5, 5.1),
            ("data-users", DATA, "users_affected", 1_000_000, 1_000_001),
        )
    ],
    *[
        (f"platform-{row}", {"entities": [entity], **known}, fact, border, beyond)
        for entity in ("marketplace", "search", "social-network")
        for row, known, fact, border, beyond in (
            ("outage-share", {"users_percent": 6}, "outage_minutes", 0, 1),
            ("outage-share", {"outage_minutes": 1}, "users_percent", 5, 5.1),
            ("outage-users", {"outage_minutes": 1}, "users_affected", 1_000_000, 1_000_001),
            ("limited-share", {"limited_minutes": 1}, "users_percent", 5, 5.1),
            ("limited-users", {"limited_minutes": 1}, "users_affected", 1_000_000, 1_000_001),
            ("data-share", DATA, "users_percent", 5, 5.1),
            ("data-users", DATA, "users_affected", 1_000_000, 1_000_001),
        )
    ],
    *[
        (f"trust-{row}", {"entities": ["trust-services"], **known}, fact, border, beyond)
        for row, known, fact, border, beyond in (
            ("limited-share", {"limited_minutes": 1}, "users_percent", 1, 1.1),
            ("limited-users", {"limited_minutes": 1}, "users_affected", 200_000, 200_001),
            ("data-share", DATA, "users_percent", 0.1, 0.11),
            ("data-users", DATA, "users_affected", 100, 101),
        )
    ],
]
# The row, and facts that meet it, none of which may be missing.
SIMPLE: list[tuple[str, dict[str, Any]]] = [
    ("trade-secrets", {"trade_secrets": True}),
    ("deaths", {"deaths": True}),
    ("health-damage", {"health_damage": True}),
    ("recurring", {"recurring": True}),
    ("dangerous-access", {"activity": "presence", "potential_impact": "high"}),
    ("access-has-disrupted", {"activity": "presence", "service_impact": "lost"}),
    ("dns-data", {"entities": ["dns"], **DATA}),
    ("tld-data", {"entities": ["tld"], **DATA}),
    ("data-centre-malicious", {"entities": ["data-centre"], "activity": "presence", **DATA}),
    ("data-centre-entered", {"entities": ["data-centre"], "physical_access": True}),
    ("trust-entered", {"entities": ["trust-services"], "physical_access": True}),
    *[
        ("cloud-cdn-managed-malicious", {"entities": [entity], "activity": "presence", **DATA})
        for entity in ("cloud", "cdn", "managed-services")
    ],
    *[
        ("platform-malicious", {"entities": [entity], "activity": "presence", **DATA})
        for entity in ("marketplace", "search", "social-network")
    ],
]


@pytest.mark.parametrize(("row", "known", "fact", "border", "beyond"), BORDERS)
def test_nis2_thresholds_must_be_exceeded(
    row: str, known: dict[str, Any], fact: str, border: float, beyond: float
) -> None:
    """Below and at its border a number is not significant; beyond it is, by the row of that article alone."""
    table = shipped("nis2-2690")
    for number in {border / 2, border}:
        assert told(classify(table, Facts(**known, **{fact: number}))) == []
    result = classify(table, Facts(**known, **{fact: beyond}))
    assert (result.level, told(result)) == ("significant", [row])


@pytest.mark.parametrize(("row", "facts"), SIMPLE)
def test_nis2_criteria_without_a_number_need_all_their_facts(row: str, facts: dict[str, Any]) -> None:
    """A criterion of several facts is met by all of them and by no part of them."""
    table = shipped("nis2-2690")
    assert told(classify(table, Facts(**facts))) == [row]
    for missing in facts:
        part = {fact: value for fact, value in facts.items() if fact != missing}
        assert level("nis2-2690", **part) == "not-significant"


def test_nis2_every_row_has_its_border_tested() -> None:
    """No row of the table is without a case here, and each names its article."""
    rows = shipped("nis2-2690").document.rows
    assert {row.id for row in rows} == {row for row, *_ in BORDERS} | {row for row, _ in SIMPLE}
    assert all("2024/2690 Art. " in row.source for row in rows)


def test_nis2_minutes_of_another_kind_of_entity_do_not_count() -> None:
    """What is significant for a trust service is not for a cloud, and nothing for an entity the Regulation omits."""
    assert level("nis2-2690", entities=["cloud"], outage_minutes=30) == "not-significant"
    assert level("nis2-2690", sectors=["health"], outage_minutes=10_000) == "not-significant"


def test_nis2_bounds_of_an_amount_are_a_range() -> None:
    """At least 20 and at most 40 minutes may or may not be more than 30; at most 30 are not."""
    table = shipped("nis2-2690")
    known = completed(Facts(), severe=False).model_dump() | {"entities": ["dns"], "spread": "contained"}
    open_one = classify(table, Facts(**{**known, "outage_minutes": {"at_least": 20, "at_most": 40}}))
    assert (open_one.lowest, open_one.highest) == ("not-significant", "significant")
    assert open_one.ask_for == ("outage_minutes",)
    closed = classify(table, Facts(**{**known, "outage_minutes": {"at_most": 30}}))
    assert (closed.lowest, closed.highest) == ("not-significant", "not-significant")


# DORA, Delegated Regulation (EU) 2024/1772

GATES: dict[str, dict[str, Any]] = {
    "critical function": {"sectors": ["banking"], "critical_functions": True},
    "service": {"sectors": ["financial"], "service_impact": "degraded"},
    "access": {"sectors": ["banking"], "activity": "presence"},
}
CRITERIA: dict[str, dict[str, Any]] = {
    "clients": {"users_percent": 11},
    "reputation": {"reputation": True},
    "duration": {"outage_minutes": 1441},
    "member states": {"countries": ["DE", "FR"]},
    "data": {"information_impact": "privacy-loss"},
    "money": {"loss_eur": 100_001},
}


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES.keys())
def test_dora_needs_two_criteria_behind_the_gate(gate: dict[str, Any]) -> None:
    """The gate alone is not major, nor with one criterion; with any two it is. Access to data is decisive instead."""
    assert level("dora-2024-1772", **gate) == "not-major"
    for (one, first), (other, second) in product(CRITERIA.items(), repeat=2):
        decisive = "data" in (one, other) and gate.get("activity") == "presence"
        expected = "major" if one != other or decisive else "not-major"
        assert level("dora-2024-1772", **{**gate, **first, **second}) == expected


def test_dora_is_closed_without_the_gate() -> None:
    """All six criteria together are not major where no critical service of a financial entity is affected."""
    everything = {fact: value for one in CRITERIA.values() for fact, value in one.items()}
    assert level("dora-2024-1772", **everything) == "not-major"
    assert level("dora-2024-1772", **everything, sectors=["health"], activity="effect") == "not-major"
    assert level("dora-2024-1772", **everything, sectors=["banking"]) == "not-major"
    assert level("dora-2024-1772", **everything, sectors=["banking"], critical_functions=True) == "major"


def test_dora_access_to_data_is_decisive_alone() -> None:
    """Malicious access by which data may be lost is major by itself, but only for a financial entity."""
    access = {"activity": "presence", "information_impact": "suspected"}
    assert level("dora-2024-1772", sectors=["banking"], **access) == "major"
    assert level("dora-2024-1772", sectors=["banking"], activity="presence", data_compromised=True) == "major"
    assert level("dora-2024-1772", sectors=["energy"], **access) == "not-major"
    result = classify(shipped("dora-2024-1772"), Facts(sectors=["banking"], **access))
    assert result.trace[0].startswith("malicious-access: gate.")
    assert result.trace[1].startswith("access-to-data: decisive.")


@pytest.mark.parametrize(
    ("known", "fact", "border", "beyond"),
    [
        ({}, "users_percent", 10, 10.1),
        ({}, "users_affected", 100_000, 100_001),
        ({}, "counterparts_percent", 30, 30.1),
        ({}, "transactions_percent", 10, 10.1),
        ({}, "loss_eur", 100_000, 100_001),
        ({"service_impact": "lost"}, "outage_minutes", 1440, 1441),
        ({"service_impact": "lost"}, "limited_minutes", 1440, 1441),
        ({"critical_functions": True}, "outage_minutes", 120, 121),
        ({"critical_functions": True}, "limited_minutes", 120, 121),
    ],
)
def test_dora_thresholds_must_be_exceeded(known: dict[str, Any], fact: str, border: float, beyond: float) -> None:
    """With the gate open and one criterion met, a number at its border is not the second one; beyond it is."""
    rest = {"sectors": ["banking"], "service_impact": "degraded", "reputation": True, **known}
    assert level("dora-2024-1772", **rest, **{fact: border}) == "not-major"
    assert level("dora-2024-1772", **rest, **{fact: beyond}) == "major"


def test_dora_counts_member_states_only() -> None:
    """Two Member States are a criterion; one and a country outside the Union are not."""
    rest: dict[str, Any] = {"sectors": ["banking"], "service_impact": "degraded", "relevant_client": True}
    assert level("dora-2024-1772", **rest, countries=["DE", "US"]) == "not-major"
    assert level("dora-2024-1772", **rest, countries=["DE", "IE"]) == "major"


# United Kingdom

DISRUPTS = {"activity": "effect", "service_impact": "disrupted"}
UK_CASES: list[tuple[dict[str, Any], str]] = [
    ({"largest_victim": "individual", **DISRUPTS}, "category-6"),
    ({"largest_victim": "medium", "activity": "prepare"}, "category-6"),
    ({"largest_victim": "small", "activity": "engage"}, "category-5"),
    ({"largest_victim": "small", **DISRUPTS}, "category-5"),
    ({"largest_victim": "medium", "activity": "prepare", "potential_impact": "high"}, "category-5"),
    ({"largest_victim": "large", "activity": "prepare"}, "category-5"),
    ({"largest_victim": "medium", **DISRUPTS}, "category-4"),
    ({"largest_victim": "large", "activity": "presence"}, "category-4"),
    ({"largest_victim": "large", **DISRUPTS}, "category-3"),
    ({"largest_victim": "national", "activity": "presence"}, "category-3"),
    ({"largest_victim": "national", **DISRUPTS}, "category-2"),
    ({**DISRUPTS, "users_affected": 1_000_000}, "category-2"),
    ({**DISRUPTS, "users_affected": 999_999}, "category-6"),
    ({"largest_victim": "national", **DISRUPTS, "deaths": True}, "category-1"),
    ({"largest_victim": "national", **DISRUPTS, "service_impact": "lost", "life_threat": True}, "category-1"),
    ({"largest_victim": "national", **DISRUPTS, "service_impact": "lost", "recoverability": "extended"}, "category-1"),
    ({"largest_victim": "national", "activity": "none", "service_impact": "lost"}, "category-6"),
]


@pytest.mark.parametrize(("facts", "expected"), UK_CASES)
def test_uk_categories_follow_victim_and_effect(facts: dict[str, Any], expected: str) -> None:
    """Who the victim is and what is done to it give the category; a failure without an attacker stays in 6."""
    assert level("uk-ncsc-2018", **facts) == expected


# NIS Cooperation Group

CG_CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"activity": "prepare"}, "none", "low"),
    ({"potential_impact": "moderate"}, "none", "medium"),
    ({"potential_impact": "severe"}, "none", "high"),
    ({"activity": "presence", "spread": "fast"}, "none", "high"),
    ({"service_impact": "degraded"}, "minor", "low"),
    ({"service_impact": "disrupted", "sectors": ["health"]}, "large", "low"),
    ({"loss_eur": 500_000}, "none", "low"),
    ({"loss_eur": 500_001}, "large", "low"),
    ({"service_impact": "lost", "sectors": ["health", "energy"]}, "very-large", "low"),
    ({"deaths": True}, "very-large", "low"),
]


@pytest.mark.parametrize(("facts", "impact", "nature"), CG_CASES)
def test_nis_cg_parts_are_judged_apart(facts: dict[str, Any], impact: str, nature: str) -> None:
    """Nature is what could be done, impact what has happened; neither part moves the other."""
    assert (level("nis-cg-impact", **facts), level("nis-cg-nature", **facts)) == (impact, nature)
