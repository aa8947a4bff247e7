"""When a joint investigation team is suggested, and why. Never more than a suggestion."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from pydantic import Field

from leerp.formats.strict import yaml_model
from leerp.model import Identifier, Line, Message, Model
from leerp.plans import Action, ActionType
from matrices.table_head import TableHead
from matrices.tables import content_of

_REQUESTS = (ActionType.LEGAL_ASSISTANCE_REQUEST, ActionType.DISCLOSURE_REQUEST, ActionType.PRESERVATION_REQUEST)
_OPEN_DEEDS = (ActionType.ARREST, ActionType.SEARCH, ActionType.SEIZURE, ActionType.TAKEDOWN)
_LIVE = (
    *(ActionType.COVERT_MONITORING, ActionType.INTERCEPTION),
    *(ActionType.CONTROLLED_LOGIN, ActionType.UNDERCOVER_PURCHASE),
)


class Counted(StrEnum):
    """What a reason counts.

    `own_cases`: countries with actions in the plan, or whose information met another country's. `legal_assistance`:
    requests in the plan. `common_action_day`: arrests, searches, seizures and takedowns that begin on one day in UTC.
    `real_time_evidence`: collections that are live at the same time.
    """

    OWN_CASES = "own_cases"
    LEGAL_ASSISTANCE = "legal_assistance"
    COMMON_ACTION_DAY = "common_action_day"
    REAL_TIME_EVIDENCE = "real_time_evidence"


class JointTeamReason(Model):
    """One reason; `why` is the sentence, with `{countries}` and `{number}` filled in."""

    id: Identifier
    why: Line
    counts: Counted
    countries: int = Field(default=2, ge=2)
    number: int = Field(default=1, ge=1)
    source: Line


class JointTeamReasons(TableHead):
    """The file of reasons."""

    reasons: tuple[JointTeamReason, ...] = Field(min_length=1)


class FoundReason(Message):
    """A reason that holds: which, between which countries, and the sentence."""

    id: str
    countries: tuple[str, ...]
    because: str


@lru_cache(maxsize=1)
def shipped_reasons() -> JointTeamReasons:
    """The shipped table."""
    return yaml_model(JointTeamReasons, content_of("jit-reasons"), name="jit-reasons.yaml")


def joint_team_reasons(
    actions: Iterable[Action], *, met: Collection[str] = (), table: JointTeamReasons | None = None
) -> tuple[FoundReason, ...]:
    """The reasons that hold for a plan. `met`: countries whose information was found to meet another country's."""
    planned = [action for action in actions if not action.state.over]
    counted = {
        Counted.OWN_CASES: _own_cases(planned, met),
        Counted.LEGAL_ASSISTANCE: _requests(planned),
        Counted.COMMON_ACTION_DAY: _one_day(planned),
        Counted.REAL_TIME_EVIDENCE: _live_together(planned),
    }
    found = []
    for reason in (table or shipped_reasons()).reasons:
        countries, number = counted[reason.counts]
        if len(countries) >= reason.countries and number >= reason.number:
            because = reason.why.replace("{countries}", ", ".join(countries)).replace("{number}", str(number))
            found.append(FoundReason(id=reason.id, countries=countries, because=because))
    return tuple(found)


_Count = tuple[tuple[str, ...], int]


def _own_cases(planned: Collection[Action], met: Collection[str]) -> _Count:
    countries = {action.country for action in planned} | set(met)
    return tuple(sorted(countries)), len(countries)


def _requests(planned: Collection[Action]) -> _Count:
    requests = [action for action in planned if action.type in _REQUESTS]
    return tuple(sorted({action.country for action in requests})), len(requests)


def _one_day(planned: Collection[Action]) -> _Count:
    """The day on which most countries act."""
    days: defaultdict[date, set[str]] = defaultdict(set)
    for action in planned:
        if action.type in _OPEN_DEEDS:
            days[action.starts_at.date()].add(action.country)
    busiest = max(days.values(), key=lambda countries: (len(countries), sorted(countries)), default=set())
    return tuple(sorted(busiest)), len(busiest)


def _live_together(planned: Collection[Action]) -> _Count:
    """Every country with a collection that is live while one of another country is."""
    together: set[str] = set()
    until: dict[str, datetime] = {}
    for action in sorted((action for action in planned if action.type in _LIVE), key=lambda action: action.starts_at):
        others = {one for one, end in until.items() if one != action.country and end > action.starts_at}
        together |= {*others, action.country} if others else set()
        until[action.country] = max(until.get(action.country, action.ends_at), action.ends_at)
    return tuple(sorted(together)), len(together)
