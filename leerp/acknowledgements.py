"""By which way a reader's word came that it has got a notice."""

from enum import StrEnum


class Via(StrEnum):
    """The closed list. What each is worth stands in `docs/officer.md`."""

    LINK = "link"
    SLACK = "slack"
    MAIL = "mail"
    WEBHOOK = "webhook"
    TELEPHONE = "telephone"
    DESK = "desk"
