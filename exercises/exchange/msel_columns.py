"""The columns of a master scenario events list: as they are written, and by which headings they are known."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column. `key`: in a scenario. `heading`: as it is written. `known_as`: further headings, folded."""

    key: str
    heading: str
    known_as: tuple[str, ...] = ()


COLUMNS = (
    Column("number", "No.", ("number", "seqno", "sequence", "sequencenumber", "injectno", "injectnumber", "inject",
                             "id",
                             "msel", "mselno", "mselnumber", "event", "eventno", "eventnumber", "serial", "nr")),
    Column("at", "Scenario time", ("time", "offset", "when", "injecttime", "timedelivered", "datetime", "dateandtime",
                                   "datetimedelivered", "plannedtime", "deliverytime", "scheduledtime", "elapsed",
                                   "elapsedtime", "relativetime", "starttime", "timeutc", "triggertime")),
    Column("date", "Date", ("day", "scenariodate", "datedelivered", "planneddate", "injectdate")),
    Column("kind", "Inject type", ("type", "typeofinject", "eventtype", "kind", "category")),
    Column("from", "Originator (from)", ("from", "originator", "sender", "source", "injectedby",
                                           "fromrole", "simulatedby")),
    Column("to", "Recipient (to)", ("to", "recipient", "recipients", "receiver", "target", "audience", "player",
                                    "players", "recipientplayer", "team", "teams")),
    Column("delivery", "Delivery method", ("delivery", "method", "deliverymode", "mode", "channel", "means", "medium",
                                           "deliverychannel", "injectmode")),
    Column("subject", "Subject", ("title", "injecttitle", "eventtitle", "injectname", "name", "headline")),
    Column("description", "Description", ("eventdescription", "injectdescription", "details",
                                          "summary", "descriptionofinject", "scenarioevent", "situation")),
    Column("text", "Message", ("text", "messagetext", "content", "script", "injecttext", "body", "injectcontent")),
    Column("expected", "Expected outcome", ("expectedaction", "expectedactions", "expectedplayeraction",
                                            "expectation",
                                            "expectedplayeractions", "expectedresponse", "expectedresult", "response",
                                            "expected", "expectedoutcomes", "expectedreaction")),
    Column("max_minutes", "Max minutes", ("maxminutes", "maximumminutes", "minutes", "maxtime", "timelimit")),
    Column("objective", "Objective", ("objectives", "exerciseobjective", "objectivecapability", "capability",
                                      "objectivedemonstrated", "corecapability", "exerciseobjectives")),
    Column("learning_point", "Learning point", ("learningpoints", "learning", "lesson", "lessons")),
    Column("controller", "Responsible controller", ("controller", "responsible", "responsiblecontroller", "owner",
                                                    "excon", "injectcontroller", "pocs", "poc")),
    Column("evaluator_note", "Evaluator note", ("evaluatornotes", "note", "notes", "remarks", "comments", "comment",
                                                "evaluator", "controllernotes", "evaluatorcontrollernotes")),
    Column("sources", "Sources", ()),
    Column("branch", "Branch", ()),
    Column("details", "Details (leerp)", ()),
)  # fmt: skip
"""All of them, in the order in which they are written; `date` is read and never written."""

WRITTEN = tuple(column for column in COLUMNS if column.key != "date")

NOTED_ONLY = {
    "actualtime": "what happens in a run is in its report, not in the scenario",
    "status": "what happens in a run is in its report, not in the scenario",
    "actualoutcome": "what happens in a run is in its report, not in the scenario",
    "observation": "what happens in a run is in its report, not in the scenario",
    "score": "a scenario scores by what the journal shows, not by points",
}
"""Headings of full lists whose columns a scenario has no place for, and why."""


def folded(heading: str) -> str:
    """A heading by its letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


BY_HEADING = {name: column.key for column in COLUMNS for name in (folded(column.heading), *column.known_as)}
"""The key of a column by a folded heading."""

TOLD = ("subject", "description", "text")
"""The columns of which an inject must have one."""

OFFSETS = frozenset({"offset", "elapsed", "elapsedtime", "relativetime"})
"""Headings under which `02:30` is two and a half hours after the start, and no time of day."""

TEXTS = {
    "title": "Exercise",
    "name": "Name",
    "version": "Version",
    "summary": "Summary",
}
"""What stands about the whole exercise beside the list, by the key of a scenario."""

LISTS = {
    "objectives": "Objective",
    "sources": "Source",
    "branches": "Branch",
    "cast": "Cast",
    "expectations": "Expectation",
}
"""What a scenario has lists of, and how each entry's row begins."""

ABOUT = {folded(word): key for key, word in (TEXTS | LISTS).items()} | {
    "exercisename": "title",
    "exercisetitle": "title",
    "title": "title",
    "start": "start",
    "startex": "start",
    "startdate": "start",
    "exercisedate": "start",
    "date": "start",
    "length": "length",
    "duration": "length",
    "description": "summary",
}
"""What a row about the whole exercise is about, by its folded first cell."""
