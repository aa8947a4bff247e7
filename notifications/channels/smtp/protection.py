"""Messages signed, encrypted and vouched for, as channels.yaml wants it. All of this takes milliseconds of computing.

Fail closed: what cannot be protected as it should be is not sent, and never in a weaker way instead.
"""

from dataclasses import dataclass
from datetime import datetime

from leerp.errors import DeliveryError
from leerp.keys import Key, KeyKind
from leerp.notices import DeliveryReason
from notifications.channels import Envelope
from notifications.channels.smtp import entities, openpgp, openpgp_certificates, smime
from notifications.channels.smtp.domain_signature import DomainKey
from notifications.channels.smtp.mail import MIME_VERSION, Covered, content, header
from notifications.channels.smtp.openpgp import OpenPgpSigner
from notifications.channels.smtp.recipients import Recipient, refusal
from notifications.channels.smtp.settings import Encrypt, Sign, SmtpSettings
from notifications.channels.smtp.smime import SmimeSigner

_TRIAL = b"Content-Type: text/plain\r\n\r\ntrial\r\n"

_SIGNED_WITH = {Sign.OPENPGP: KeyKind.OPENPGP, Sign.SMIME: KeyKind.SMIME}


@dataclass(frozen=True)
class Protection:
    """The centre's keys, ready to be used, and whom to encrypt for."""

    sender: str
    encrypt: Encrypt
    signer: OpenPgpSigner | SmimeSigner | None
    domain_key: DomainKey | None

    def mail(self, envelope: Envelope) -> bytes:
        """The whole message, with CRLF line ends and ASCII alone.

        DeliveryError if the reader's key cannot be used; BadInputError if one of the centre's cannot.
        """
        head = header(envelope, sender=self.sender)
        message = head + MIME_VERSION + self._entity(envelope, head)
        return self.domain_key.field(message) + message if self.domain_key else message

    def _entity(self, envelope: Envelope, head: bytes) -> bytes:
        key = self._key(envelope)
        if key is None and self.signer is None:
            return content(envelope, sender=self.sender)
        covered = Covered.SIGNED if key is None else Covered.ENCRYPTED
        inside = content(envelope, sender=self.sender, covered=covered)
        part = entities.repeated(head, inside=inside, outside=covered is Covered.ENCRYPTED)
        if key is None:
            return self._signed(part, at=envelope.issued_at)
        recipient = Recipient(envelope.reader, key, envelope.issued_at)
        if key.kind is KeyKind.SMIME:
            return smime.encrypted(self._signed(part, at=envelope.issued_at), recipient)
        return openpgp.encrypted(
            part, recipient, signer=self.signer if isinstance(self.signer, OpenPgpSigner) else None
        )

    def _signed(self, part: bytes, *, at: datetime) -> bytes:
        if isinstance(self.signer, OpenPgpSigner):
            return self.signer.signed(part)
        return self.signer.signed(part, at=at) if self.signer else part

    def try_out(self, *, at: datetime) -> None:
        """Sign something with each of the centre's keys; BadInputError if one cannot sign at that time."""
        self._signed(_TRIAL, at=at)
        if self.domain_key:
            self.domain_key.field(b"From: " + self.sender.encode() + b"\r\n\r\n")

    def _key(self, envelope: Envelope) -> Key | None:
        """What to encrypt with; None to send it in the clear, which only the operator can have wanted."""
        if self.encrypt is Encrypt.NEVER:
            return None
        key = envelope.key
        if key is None:
            if self.encrypt is Encrypt.ALWAYS:
                raise refusal(envelope.reader, "is missing", DeliveryReason.KEY_MISSING)
            return None
        _need_kind(key, envelope.reader, self.signer.kind if self.signer else None)
        if key.expires_at is not None and key.expires_at <= envelope.issued_at:
            raise refusal(envelope.reader, "has expired", DeliveryReason.KEY_EXPIRED)
        return key


def _need_kind(key: Key, reader: str, signs: KeyKind | None) -> None:
    """Two kinds in one message are read by hardly any mail program."""
    if signs is not None and key.kind is not signs:
        why = f"is not one for {signs.value}, as the channel signs"
        raise refusal(reader, why, DeliveryReason.KEY_MISMATCH)


def key_fault(settings: SmtpSettings, key: Key, *, reader: str, at: datetime) -> str | None:
    """Why no message of that time could be encrypted for a reader with this key, as sending it would say; or None.

    Nothing of the centre's own is read. On a channel that never encrypts there is none.
    """
    if settings.encrypt is Encrypt.NEVER:
        return None
    recipient = Recipient(reader, key, at)
    try:
        _need_kind(key, reader, _SIGNED_WITH.get(settings.sign))
        if key.kind is KeyKind.SMIME:
            smime.usable(recipient)
        else:
            openpgp_certificates.usable(recipient)
    except DeliveryError as error:
        return error.sentence
    return None


def load_protection(settings: SmtpSettings) -> Protection:
    """The keys that the settings name, read anew; BadInputError for the first that cannot be used."""
    return Protection(
        sender=settings.from_address,
        encrypt=settings.encrypt,
        signer=_signer(settings),
        domain_key=DomainKey(settings.dkim) if settings.dkim else None,
    )


def _signer(settings: SmtpSettings) -> OpenPgpSigner | SmimeSigner | None:
    key_file, certificate_file = settings.signing_key_file, settings.signing_certificate_file
    if key_file is None:
        return None
    password, sender = settings.signing_password(), settings.from_address
    if settings.sign is Sign.SMIME and certificate_file is not None:
        return SmimeSigner(key_file, certificate_file, password=password, sender=sender)
    return OpenPgpSigner(key_file, password=password, sender=sender)
