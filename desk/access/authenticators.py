"""Codes of authenticators: six digits that change every thirty seconds (TOTP, RFC 6238)."""

import hmac
from datetime import datetime

STEP_SECONDS = 30
DRIFT_STEPS = 1
"""How many steps the clock of an authenticator may be off, either way."""

ISSUER = "leerp"


def new_secret() -> str:
    """A secret for an authenticator: 160 bits in base32."""
    import pyotp  # noqa: PLC0415 - a desk where nobody has an authenticator does without

    return pyotp.random_base32()


def address_of_secret(secret: str, *, person: str) -> str:
    """What an authenticator takes a secret over from, as a link or from a picture (Key URI format)."""
    import pyotp  # noqa: PLC0415 - as above

    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=ISSUER)


def in_groups(secret: str) -> str:
    """A secret as somebody types it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step that a code belongs to, if it is good now; whoever takes it uses the step up."""
    import pyotp  # noqa: PLC0415 - as above

    typed = "".join(code.split())[:16].encode("utf-8", "replace")
    now = int(at.timestamp()) // STEP_SECONDS
    made = pyotp.TOTP(secret)
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    good = [step for step in steps if hmac.compare_digest(made.generate_otp(step).encode(), typed)]
    return max(good, default=None)
