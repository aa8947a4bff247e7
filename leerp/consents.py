"""What providers have said about their H2 information: who may have it, for one notice or for a whole incident."""

from collections.abc import Iterable

from leerp.marking import Consent
from leerp.model import Identifier, Instant, Line, Message


class ConsentWord(Message):
    """One answer of a provider, for one reader. `notice` None: for every notice of the incident (in advance).

    It may be taken back at any time (Regulation (EU) 2016/794 Art. 23(6)); the newest word stands. `actor` wrote it
    down; `via` is by whom and over which way the provider said so.
    """

    incident: Identifier
    notice: Identifier | None
    provider: Identifier
    reader: Identifier
    given: bool
    at: Instant
    actor: Identifier
    via: Line


def answers(words: Iterable[ConsentWord], notice: str) -> dict[tuple[str, str], bool]:
    """What stands for a notice, by provider and reader: what was said of it goes before what was said of all."""
    meant = [word for word in words if word.notice in (None, notice)]
    ordered = sorted(meant, key=lambda word: word.notice is not None)
    return {(word.provider, word.reader): word.given for word in ordered}


def consents(words: Iterable[ConsentWord], notice: str) -> tuple[Consent, ...]:
    """The permissions that stand for a notice."""
    standing = answers(words, notice)
    return tuple(Consent(provider=provider, reader=reader) for (provider, reader), given in standing.items() if given)
