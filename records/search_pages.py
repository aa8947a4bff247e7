"""Pages of an answer: where the one before ended, so that what comes in meanwhile shifts nothing."""

import base64
import binascii
import hashlib
import json

from leerp.errors import BadInputError
from leerp.searching import SearchQuery
from records.search_matching import Rank

_FORMS = (int, int, str, str)


def written(query: SearchQuery, rank: Rank) -> str:
    """The end of a page, for whoever asks for the next one: of this query, and of nothing but what was shown."""
    return base64.urlsafe_b64encode(json.dumps([_name(query), *rank]).encode()).rstrip(b"=").decode()


def read(query: SearchQuery) -> Rank | None:
    """Where the page before ended; None for the first. Raises BadInputError when it is not of this query."""
    if query.after is None:
        return None
    wrong = BadInputError("this is not the next page of this search; ask without it, for the first page")
    try:
        padded = query.after + "=" * (-len(query.after) % 4)
        said = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise wrong from error
    if not isinstance(said, list) or len(said) != 1 + len(_FORMS) or said[0] != _name(query):
        raise wrong
    score, age, kind, identifier = said[1:]
    if [type(one) for one in said[1:]] != list(_FORMS):
        raise wrong
    return score, age, kind, identifier


def _name(query: SearchQuery) -> str:
    asked = (query.text, query.mode.value, sorted(query.kinds), query.incident)
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
