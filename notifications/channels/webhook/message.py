"""A message as the bytes that go over the wire: the same envelope gives the same body, on every attempt."""

import base64

from pydantic import JsonValue

from leerp import canonical
from leerp.model import iso
from leerp.notices import VariantFile
from notifications.channels import Envelope

FORMAT = "leerp-webhook-1"
"""The format of the body."""


def webhook_id(message_id: str) -> str:
    """The name of a message in `webhook-id`: what stands before the @ of its Message-ID.

    `notifications.identity` makes it of 40 hexadecimal digits. It must hold no full stop (Standard Webhooks 1.0.0,
    signature scheme), so one that came from elsewhere loses them.
    """
    return message_id.removeprefix("<").partition("@")[0].replace(".", "_")


def body(envelope: Envelope) -> bytes:
    """One document in canonical JSON (RFC 8785) with every file of the variant."""
    variant = envelope.variant
    document: dict[str, JsonValue] = {
        "format": FORMAT,
        "type": "notice",
        "timestamp": iso(envelope.issued_at),
        "id": webhook_id(envelope.message_id),
        "references": [webhook_id(earlier) for earlier in envelope.references],
        "incident": envelope.incident,
        "notice": envelope.notice,
        "mode": envelope.mode.value,
        "reader": envelope.reader,
        "subject": envelope.subject,
        "marking": variant.marking.banner,
        "files": [_file(file) for file in variant.files],
    }
    if envelope.acknowledge_url is not None:
        document["acknowledge_url"] = envelope.acknowledge_url
    return canonical.dumps(document)


def _file(file: VariantFile) -> dict[str, JsonValue]:
    content = base64.b64encode(file.content).decode("ascii")
    return {"name": file.name, "media_type": file.media_type, "content": content}
