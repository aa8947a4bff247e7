"""Every way in which leerp says no, each with one sentence for a person and one word for a program."""

from typing import ClassVar


class LeerpError(Exception):
    """Root of what leerp raises on purpose.

    `sentence` says what is wrong, where, and what to do; it never holds content above its marking.
    `exit_code` is what the command line ends with (DESIGN §6).
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BadInputError(LeerpError):
    """Input that cannot be read or is not allowed; nothing of it was kept. Exit code 2."""

    exit_code = 2
    code = "bad_input"


class OtherSourceError(BadInputError):
    """Input that is said to be of another source than of who hands it in. Exit code 2."""

    code = "other_source"


class RefusedError(LeerpError):
    """A rule refused the act; `reason` is one of `leerp.protocol.RefusalReason`. Exit code 1."""

    code = "refused"

    def __init__(self, sentence: str, *, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class ServiceMissingError(LeerpError):
    """A service that the act needs does not answer. Exit code 3."""

    exit_code = 3
    code = "service_missing"


class DeliveryError(LeerpError):
    """A channel did not deliver.

    `permanent` tells whether trying again can help; `reason` is one of `leerp.notices.DeliveryReason`.
    Decisions are made on these two, never on the sentence. `retry_after_seconds`: how long the other side wants to be
    left alone; None if it did not say. `in_doubt`: the message may have arrived all the same.
    """

    code = "delivery"

    def __init__(
        self,
        sentence: str,
        *,
        permanent: bool,
        reason: str,
        retry_after_seconds: float | None = None,
        in_doubt: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.in_doubt = in_doubt
        self.permanent = permanent
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds
