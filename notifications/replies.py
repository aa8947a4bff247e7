"""Replies to a notice by mail: what they answer, and what in them may prove who wrote them.

Everything in a mail may be forged but two things: a token that only its reader was sent, and a signature. Nothing here
decides; `activities.confirming` does.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import cast

from leerp.errors import BadInputError
from leerp.formats.mail_guard import PARSER_FAULTS, MailGuard
from leerp.formats.mail_signed import Signed, signed_part
from leerp.formats.texts import line
from leerp.keys import Key, KeyKind

MAX_BYTES = 5 * 1024 * 1024
"""The largest reply that is read: the notice comes back in it with its attachments."""

MAX_DEPTH = 8
MAX_ANSWERS = 50
MAX_TOKENS = 50

GUARD = MailGuard(
    max_lines=120_000,
    max_parts=100,
    max_boundaries=20,
    max_field_bytes=8 * 1024,
    looked_at=(
        *("content-", "from", "in-reply-to", "references", "auto-", "precedence"),
        *("return-path", "x-auto", "list-"),
    ),
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,250}>")
_TOKEN = re.compile(r"1\.[A-Za-z0-9_-]{4,400}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
"""A token, also in a link that a mail program has wrapped into another one."""

_FOLDED = re.compile(r"\r?\n[> \t]*")
"""Where a reply breaks the lines that it quotes, in the middle of a link if need be."""

_AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Response-Suppress", "List-Id")
"""Fields of machines from before RFC 3834, and of mailing lists; no person's mail has them."""

_AUTOMATIC_PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A mail as far as it says who has got what.

    `answers`: the messages it names, the one it answers first, then its thread from the latest on. `tokens`: what
    looks like a token of a link in its own text. `automatic`: a machine sent it. `sender`: what stands in From.
    """

    name: str
    sha256: str
    sender: str
    answers: tuple[str, ...]
    automatic: bool
    tokens: tuple[str, ...]
    signed: Signed | None


def read_reply(content: bytes, *, name: str) -> Reply:
    """The reply in a file (.eml); BadInputError for what is too large or no mail."""
    if len(content) > MAX_BYTES or GUARD.too_long(content):
        raise BadInputError(
            f"{name}: a reply of more than {MAX_BYTES} bytes or {GUARD.max_lines} lines; call the reader"
        )
    if GUARD.too_many_parts(content):
        raise BadInputError(f"{name}: a mail of too many parts; call the reader")
    try:
        return _reply(GUARD.parsed(content), content, name)
    except PARSER_FAULTS as error:
        raise BadInputError(f"{name}: not a mail that can be read; save it again, or call the reader") from error


def _reply(message: EmailMessage, content: bytes, name: str) -> Reply:
    if not message.keys():
        raise BadInputError(f"{name}: not a mail: it has no header; save it again as .eml")
    texts = [version for text in _texts(message) for version in (text, _FOLDED.sub("", text))]
    tokens = dict.fromkeys(token for text in texts for token in _TOKEN.findall(text))
    return Reply(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        sender=line(str(message.get("from", "")), otherwise="nobody"),
        answers=_answers(message),
        automatic=_automatic(message),
        tokens=tuple(tokens)[:MAX_TOKENS],
        signed=signed_part(message, content),
    )


def _answers(message: EmailMessage) -> tuple[str, ...]:
    """In-Reply-To, then References from the latest back (RFC 5322 §3.6.4)."""
    answered = _MESSAGE_ID.findall(str(message.get("in-reply-to", "")))
    thread = _MESSAGE_ID.findall(str(message.get("references", "")))
    return tuple(dict.fromkeys((*answered, *reversed(thread))))[:MAX_ANSWERS]


def _automatic(message: EmailMessage) -> bool:
    """Whether no person sent it: an automatic reply (RFC 3834), a report about delivery, or a list's.

    A machine that quotes the notice has the link in it, and nobody need have read anything.
    """
    auto = str(message.get("auto-submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("precedence", "")).strip().lower()
    return (
        auto not in ("", "no")
        or precedence in _AUTOMATIC_PRECEDENCE
        or str(message.get("return-path", "")).strip() == "<>"
        or message.get_content_type() in ("multipart/report", "message/delivery-status")
        or any(name in message for name in _AUTOMATIC_HEADERS)
    )


def _texts(message: EmailMessage, depth: int = 0) -> Iterator[str]:
    """The texts of a mail itself: not what is attached, and not a mail that it only forwards."""
    if depth > MAX_DEPTH or message.get_content_maintype() == "message":
        return
    if message.is_multipart():
        for part in message.iter_parts():
            yield from _texts(cast("EmailMessage", part), depth + 1)
    elif message.get_content_maintype() == "text" and not message.is_attachment():
        yield str(message.get_content())


def signed_by(reply: Reply, keys: Sequence[Key], *, naming: str, at: datetime) -> Key | None:
    """Which of these OpenPGP keys signed a reply, in a text that says `naming`; None if none of them did.

    The signature covers the text and not the header, so without the name in it an old mail of the reader could be
    sent again as the answer to anything. `at`: when the key must not have expired.
    """
    if reply.signed is None or naming not in _said(reply.signed.content):
        return None
    usable = [key for key in keys if key.kind is KeyKind.OPENPGP and (key.expires_at is None or at < key.expires_at)]
    return next((key for key in usable if _verifies(reply.signed, key)), None)


def _said(part: bytes) -> str:
    """The text of a signed part."""
    try:
        return "\n".join(_texts(GUARD.parsed(part)))
    except PARSER_FAULTS:
        return ""


def _verifies(signed: Signed, key: Key) -> bool:
    """Whether a signature is by this very certificate. The library answers every fault with a RuntimeError."""
    from pysequoia import Cert, Sig, verify  # noqa: PLC0415 - loaded where there is a signature to verify

    try:
        (certificate,) = Cert.split_bytes(key.certificate.encode())
        if certificate.fingerprint.lower() != key.fingerprint or certificate.is_revoked:
            return False
        verified = verify(signed.content, lambda _: [certificate], signature=Sig.from_bytes(signed.signature))
    except (RuntimeError, ValueError):
        return False
    return any(one.certificate.lower() == key.fingerprint for one in verified.valid_sigs)
