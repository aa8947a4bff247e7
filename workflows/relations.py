"""What a notice that is being drafted is to an earlier one: only one of its kind that still stands can be named."""

from leerp.notices import NoticeKind
from leerp.protocol import RefusalReason, RelatedAct
from workflows.incident import Incident
from workflows.refusing import refuse


def check_earlier(incident: Incident, act: RelatedAct, kind: NoticeKind) -> None:
    """Refuse an act that names a notice which does not stand, or one of another kind than it drafts."""
    if act.earlier is not None and (sent := incident.standing(act.earlier)).kind is not kind:
        sentence = f"{act.earlier} is of the kind {sent.kind.value}; only one of that kind can take its place."
        refuse(sentence, RefusalReason.UNKNOWN_SUBJECT)
