"""Plain text: the first line is the title, all of it is the narrative."""

from datetime import datetime

from leerp.errors import BadInputError
from leerp.formats.drafts import Draft, content_id
from leerp.formats.extraction import find_in_text, marking_in_text
from leerp.formats.findings import Findings
from leerp.formats.strict import text_of
from leerp.formats.texts import line, prose

CONFIRM = "read from text: a person should confirm title, marking and observables"


def read_text(content: bytes, *, name: str, received_at: datetime) -> Draft:
    """The draft of a plain text in UTF-8. It is reported when it was received, and tells nothing of who wrote it.

    Raises BadInputError for what is not text, is empty, or is too long to be searched.
    """
    text = prose(text_of(content, name=name))
    if not text:
        raise BadInputError(f"{name}: no text in it; hand in the report itself")
    findings = Findings(name=name)
    find_in_text(text, findings, name=name)
    findings.notes.say(CONFIRM)
    return Draft(
        id=content_id("text", content),
        reported_at=received_at,
        title=line(text.partition("\n")[0].lstrip("# "), otherwise="Text without a title"),
        narrative=text,
        marking=marking_in_text(text, findings),
        observables=findings.observables,
        notes=findings.notes.lines,
    )
