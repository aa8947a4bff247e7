"""What to ask a source for: a missing fact in the words of the people who would know it."""

from leerp.facts import Facts, Sector

_WORDS = {
    "activity": "how far the attackers have come",
    "service_impact": "what happened to the services of the victims",
    "sectors": "which sectors are affected",
    "entities": "which kinds of provider are affected",
    "countries": "which countries are affected",
    "spread": "whether the number of victims grows, and how fast",
    "outlook": "how severity will move in the next 6 hours",
    "recoverability": "how hard recovery is",
    "life_threat": "whether lives are in danger",
    "political": "whether there are political reasons to escalate",
    "largest_victim": "who the largest victim is",
    "location": "how far inside the networks activity has been seen",
    "actor": "what kind of actor it is",
    "information_impact": "what happened to information",
    "potential_impact": "what the threat could still do",
    "outage_minutes": "for how many minutes a service has been completely unavailable",
    "limited_minutes": "for how many minutes a service has been available with limits only",
    "users_affected": "number of users affected",
    "users_percent": "share of the users affected, in percent",
    "counterparts_percent": "share of the financial counterparts affected, in percent",
    "transactions_percent": "share of the daily transactions affected, in percent",
    "loss_eur": "costs and losses so far, in euro",
    "loss_turnover_percent": "costs and losses so far, in percent of a year's turnover",
    "critical_functions": "whether critical or important functions are affected",
    "data_compromised": "whether data is compromised",
    "trade_secrets": "whether trade secrets were carried off",
    "physical_access": "whether somebody got to the machines themselves",
    "relevant_client": "whether a client that matters to the business is affected",
    "reputation": "whether the media or clients have noticed",
    "recurring": "whether it has happened before within six months",
    "health_damage": "whether anybody's health is damaged",
    "deaths": "whether anybody has died of it",
}

_VICTIMS = {
    Sector.ENERGY: "energy suppliers",
    Sector.TRANSPORT: "transport operators",
    Sector.BANKING: "banks",
    Sector.FINANCIAL: "financial market operators",
    Sector.HEALTH: "hospitals and other health services",
    Sector.DRINKING_WATER: "water suppliers",
    Sector.WASTE_WATER: "waste water operators",
    Sector.DIGITAL_INFRASTRUCTURE: "operators of digital infrastructure",
    Sector.ICT_SERVICES: "managed service providers",
    Sector.PUBLIC_ADMINISTRATION: "public authorities",
}


def question(fact: str, facts: Facts) -> str:
    """What to ask for where this fact is missing: `number of hospitals and other health services affected`."""
    if fact != "victims":
        return _WORDS.get(fact, fact.replace("_", " "))
    only = facts.sectors[0] if len(facts.sectors) == 1 else None
    return f"number of {_VICTIMS.get(only, 'organisations') if only else 'organisations'} affected"
