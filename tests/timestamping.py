"""A real timestamp authority: OpenSSL behind a small HTTPS server, with certificates of its own."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from notifications.evidence.authority import AuthoritySettings
from tests.certificates import server_certificate
from tests.notifications.webhook_server import Received, WebhookServer, webhook_server

# No `certs`: with a chain in the answer OpenSSL writes a set that is not in DER order, which is refused.
_CONFIGURATION = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    until: datetime,
    stamps: bool,
) -> x509.Certificate:
    """A certificate that ends then; `stamps`: for timestamps, and not of the authority itself."""
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (subject, issuer)]
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(until - timedelta(days=365))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=not stamps, path_length=None), critical=True)
    )
    if stamps:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(by, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True)
class TimestampAuthority:
    """Keys and certificates in a folder, and OpenSSL to sign with them. `ca_file`: what to trust."""

    folder: Path

    @property
    def ca_file(self) -> Path:
        """The certificate under which the timestamps are signed."""
        return self.folder / "ca.pem"

    def reply(self, query: bytes) -> bytes:
        """The answer to a request."""
        (self.folder / "query.tsq").write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=30)
        return (self.folder / "reply.tsr").read_bytes()

    def accepts(self, token: bytes, digest: str) -> bool:
        """Whether OpenSSL by itself finds that a token is for a digest."""
        (self.folder / "token.tsr").write_bytes(token)
        command = ["openssl", "ts", "-verify", "-digest", digest, "-in", "token.tsr", "-CAfile", "ca.pem"]
        done = subprocess.run(command, cwd=self.folder, check=False, capture_output=True, timeout=30)
        return done.returncode == 0


def timestamp_authority(folder: Path, *, name: str = "Timestamps", ended: bool = False) -> TimestampAuthority:
    """A new authority; `ended`: its certificate for timestamps has expired."""
    folder.mkdir(parents=True, exist_ok=True)
    root, signer = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    later = datetime.now(UTC) + timedelta(days=30)
    until = datetime.now(UTC) - timedelta(hours=1) if ended else later
    ca = _certificate(f"{name} CA", f"{name} CA", root, root, until=later, stamps=False)
    mine = _certificate(name, f"{name} CA", signer, root, until=until, stamps=True)
    (folder / "ca.pem").write_bytes(_pem(ca))
    (folder / "signer.pem").write_bytes(_pem(mine))
    (folder / "signer.key").write_bytes(
        signer.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "serial").write_text("01\n", encoding="ascii")
    (folder / "tsa.cnf").write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")
    return TimestampAuthority(folder)


@dataclass(frozen=True)
class Running:
    """An authority that answers. `settings`: how it is asked and believed."""

    server: WebhookServer
    authority: TimestampAuthority
    settings: AuthoritySettings


@asynccontextmanager
async def running_authority(folder: Path) -> AsyncIterator[Running]:
    """A running authority; it ends with the block."""
    authority = timestamp_authority(folder / "authority")
    tls, context = server_certificate(folder, "timestamps.example")
    async with webhook_server(context) as server:

        def answer(received: Received) -> web.StreamResponse:
            return web.Response(body=authority.reply(received.body), content_type="application/timestamp-reply")

        server.answer = answer
        settings = AuthoritySettings.model_validate(
            {
                "url": f"https://127.0.0.1:{server.port}/stamp",
                "ca_file": authority.ca_file,
                "tls_ca_file": tls,
                "timeout_seconds": 5,
                "exemptions": [{"networks": ["127.0.0.0/8"], "ports": [server.port]}],
            }
        )
        yield Running(server, authority, settings)
