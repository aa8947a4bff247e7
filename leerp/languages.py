"""Language tags as BCP 47 (RFC 5646) writes them: the well-formed part that a directory needs."""

import re
from typing import Annotated

from pydantic import AfterValidator

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|\d{3}))?((?:-[A-Za-z0-9]{5,8})*)")


def _tag(text: str) -> str:
    found = _TAG.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a language tag of BCP 47, such as de, pt-BR or sr-Latn")
    language, script, region, variants = found.groups(default="")
    parts = (language.lower(), script.title(), region.upper(), *variants.lower().split("-"))
    return "-".join(part for part in parts if part)


LanguageTag = Annotated[str, AfterValidator(_tag)]
"""Language, script, region and variants in the cases RFC 5646 §2.1.1 recommends; no extensions."""
