"""Values of other people's JSON, as texts."""

import json


def texts_of(value: object) -> tuple[str, ...]:
    """The texts in a value that is a text, a number or a list of these; nothing for anything else."""
    items = value if isinstance(value, list) else [value]
    plain = (str(item).strip() for item in items if isinstance(item, str | int) and not isinstance(item, bool))
    return tuple(text for text in plain if text)


def told(value: object) -> str:
    """A value for a note; empty for what says nothing."""
    if value in (None, "", [], {}):
        return ""
    return ", ".join(texts_of(value)) or json.dumps(value, ensure_ascii=False)[:200]
