"""Mail that anybody may have written: what is counted before it is parsed, and what parsing it may leak.

The standard library takes every mail there is, however long that takes; what it is asked to take is bounded here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import cached_property
from typing import Any, cast

PARSER_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, IndexError, LookupError, RecursionError, TypeError, ValueError),
)
"""What email.parser and the header parsers below it leak on malformed mail instead of noting a defect."""

MAX_SIGNS = 100
"""The most quotes and opening brackets in a header field that is looked at."""

_PART = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(rb"boundary[ \t]*(?:\*\d*)?\*?[ \t]*=", re.IGNORECASE)


class _Policy(EmailPolicy):
    """The standard policy, with a limit on the header fields that are looked at, in every part."""

    max_field_bytes = 0
    looked_at: tuple[str, ...] = ()

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        if self._beyond(sourcelines) and sourcelines[0].lower().startswith(self.looked_at):
            raise ValueError("a header field beyond any use")
        return super().header_source_parse(list(sourcelines))

    def _beyond(self, sourcelines: Sequence[str]) -> bool:
        """Whether a field is too long, or has more quotes and comments than the parser gets through in time."""
        signs = sum(line.count('"') + line.count("(") for line in sourcelines)
        return sum(map(len, sourcelines)) > self.max_field_bytes or signs > MAX_SIGNS


@dataclass(frozen=True, kw_only=True)
class MailGuard:
    """The most that is read of a mail.

    `max_lines`, `max_parts`: of the whole mail. `max_boundaries`: the most nested or side-by-side multiparts; every
    one is looked for in every line. `max_field_bytes`: the longest header field whose value is looked at: the standard
    library's parsers take the square of its length. `looked_at`: how the names of these fields begin, in lower case.
    """

    max_lines: int
    max_parts: int
    max_boundaries: int
    max_field_bytes: int
    looked_at: tuple[str, ...]

    def too_long(self, content: bytes) -> bool:
        """Whether a mail has more lines than are read."""
        return content.count(b"\n") > self.max_lines

    def too_many_parts(self, content: bytes) -> bool:
        """Whether a mail may have more parts, or more of them inside one another, than are read."""
        return len(_PART.findall(content)) > self.max_parts or len(_BOUNDARY.findall(content)) > self.max_boundaries

    def parsed(self, content: bytes) -> EmailMessage:
        """A mail in its parts. Raises one of PARSER_FAULTS, and so may anything that is then read from it."""
        return message_from_bytes(content, EmailMessage, policy=self._policy)

    @cached_property
    def _policy(self) -> "EmailPolicy[EmailMessage]":
        limits: dict[str, Any] = {"max_field_bytes": self.max_field_bytes, "looked_at": self.looked_at}
        return cast("EmailPolicy[EmailMessage]", _Policy(**limits))  # generic for the type checker alone
