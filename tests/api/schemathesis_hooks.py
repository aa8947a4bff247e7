"""What schemathesis is told of this API: how lines of JSON are sent."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """A body of lines as it stands."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
