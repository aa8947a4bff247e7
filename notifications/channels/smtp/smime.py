"""S/MIME (RFC 8551): messages signed by the centre, put into an envelope for a reader, or the one and then the other.

The envelope is AES-256-CBC with RSA key transport, for readers with an RSA certificate: it is what the library makes.
It does not show tampering by itself; the signature within does, so sign what is encrypted.
"""

import hashlib
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from leerp.errors import BadInputError
from leerp.keys import KeyKind
from notifications.channels.secrets import read_secret
from notifications.channels.smtp import entities
from notifications.channels.smtp.recipients import Recipient

_LEAST_RSA_BITS = 2048
"""RFC 8551 §4.2 and §4.3."""

_FOR_MAIL = (ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)
"""RFC 8550 §4.4.4: what a certificate for mail may be for, if it says what it is for."""

_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What the library raises for a certificate that is one only from far away."""


class SmimeSigner:
    """Signs with the centre's key and sends its certificates along."""

    kind = KeyKind.SMIME

    def __init__(self, file: Path, certificates: Path, *, password: str | None, sender: str) -> None:
        """BadInputError if the files cannot be used, do not belong together, or do not name the sender."""
        self._file = certificates
        self._key = _private_key(file, password)
        self._own, *self._chain = _certificates(certificates)
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        try:
            ours = self._own.public_key().public_bytes(*form) == self._key.public_key().public_bytes(*form)
            fit, addresses = _may_sign(self._own), _addresses(self._own)
        except _UNREADABLE as error:
            raise BadInputError(
                f"{certificates}: the first certificate cannot be read; put a sound one there"
            ) from error
        if not ours:
            raise BadInputError(f"{certificates}: the first certificate is not that of the key in {file}")
        if not fit:
            raise BadInputError(f"{certificates}: the first certificate is not one to sign mail with")
        if sender.lower() not in addresses:
            raise BadInputError(f"{certificates}: the first certificate does not name {sender}, as it must")

    def signed(self, part: bytes, *, at: datetime) -> bytes:
        """The part with a detached signature beside it (RFC 8551 §3.5.3).

        BadInputError if the certificate is not valid at that time.
        """
        if not _valid(self._own, at):
            raise BadInputError(f"{self._file}: the certificate is not valid on {at:%Y-%m-%d}; put a new one there")
        builder = pkcs7.PKCS7SignatureBuilder().set_data(part).add_signer(self._own, self._key, hashes.SHA256())
        for certificate in self._chain:
            builder = builder.add_certificate(certificate)
        signature = builder.sign(Encoding.DER, (pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary))
        beside = entities.attached(signature, "application/pkcs7-signature", name="smime.p7s")
        return entities.multipart("signed", (part, beside), protocol="application/pkcs7-signature", micalg="sha-256")


def encrypted(part: bytes, recipient: Recipient) -> bytes:
    """The part in an envelope for the reader (RFC 8551 §3.3); DeliveryError if its certificate cannot be used."""
    certificate = usable(recipient)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(part).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(AES256)
    enveloped = builder.encrypt(Encoding.DER, (pkcs7.PKCS7Options.Binary,))
    return entities.attached(enveloped, "application/pkcs7-mime; smime-type=enveloped-data", name="smime.p7m")


def usable(recipient: Recipient) -> x509.Certificate:
    """The pinned certificate (by the SHA-256 of it), if it was valid when the notice was issued and is one for mail.

    DeliveryError if not.
    """
    try:
        found = x509.load_pem_x509_certificates(recipient.key.certificate.encode())
    except ValueError:
        found = []
    if len(found) != 1:
        raise recipient.mismatch("is not one certificate in PEM")
    certificate = found[0]
    if hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest() != recipient.key.fingerprint:
        raise recipient.mismatch("has another SHA-256 fingerprint than the pinned one")
    if not _valid(certificate, recipient.issued_at):
        raise recipient.expired(f"is not valid on {recipient.issued_at:%Y-%m-%d}")
    try:
        fit = _may_receive(certificate)
    except _UNREADABLE:
        fit = False
    if not fit:
        raise recipient.mismatch(f"is not one to encrypt mail for: RSA of {_LEAST_RSA_BITS} bits or more, for mail")
    return certificate


def _private_key(file: Path, password: str | None) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    content = read_secret(file)
    try:
        key = load_pem_private_key(content, password.encode() if password else None)
    except (ValueError, TypeError) as error:  # TypeError: a password is missing, or there is one too many
        raise BadInputError(
            f"{file}: holds no private key in PEM that can be opened; look at its password in channels.yaml"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BadInputError(f"{file}: the key is neither RSA nor elliptic curve; leerp signs with these two")
    return key


def _certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise BadInputError(f"{file}: cannot be read ({error.strerror}); put the certificate there") from error
    except ValueError as error:
        raise BadInputError(f"{file}: holds no certificate in PEM; put the one of the signing key there") from error


def _valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _may_sign(certificate: x509.Certificate) -> bool:
    """RFC 8550 §4.4.2; what a certificate does not restrict, it permits."""
    key, usage = certificate.public_key(), _usage(certificate)
    strong = not isinstance(key, rsa.RSAPublicKey) or key.key_size >= _LEAST_RSA_BITS
    permitted = usage is None or usage.digital_signature or usage.content_commitment
    return strong and permitted and _for_mail(certificate)


def _may_receive(certificate: x509.Certificate) -> bool:
    key, usage = certificate.public_key(), _usage(certificate)
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _LEAST_RSA_BITS:
        return False
    return (usage is None or usage.key_encipherment) and _for_mail(certificate)


def _usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _for_mail(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return any(purpose in purposes for purpose in _FOR_MAIL)


def _addresses(certificate: x509.Certificate) -> set[str]:
    """The mail addresses that a certificate is for, in lower case (RFC 8550 §3)."""
    named = {str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)}
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return {one.lower() for one in named}
    return {one.lower() for one in named | set(names.get_values_for_type(x509.RFC822Name))}
