"""What is said of a channel before the emergency: keys and secrets that it could not send with."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifications.channel_check import check_channels
from notifications.channels import ChannelsFile
from tests.notifications import mail_keys
from tests.notifications.mail_keys import Centre
from tests.secret_files import secret_file

NOW = datetime.now(UTC)
SMTP = {"type": "smtp", "maximum": "BPL", "host": "mail.example", "from_address": mail_keys.SENDER}
SECRET = f"whsec_{base64.b64encode(b'x' * 32).decode()}"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    """The centre's keys."""
    return mail_keys.centre(tmp_path_factory.mktemp("centre"))


def said(settings: dict[str, Any], *, at: datetime = NOW) -> list[str]:
    """What is said of one channel, without its name."""
    channels = ChannelsFile.model_validate({"channels": {"out": settings}})
    found = check_channels(channels, at=at)
    assert all(one.startswith("channel 'out' cannot send: ") for one in found)
    return [one.removeprefix("channel 'out' cannot send: ") for one in found]


@pytest.mark.parametrize("sign", ["none", "openpgp", "smime"])
def test_a_channel_with_sound_keys_lacks_nothing(centre: Centre, sign: str, tmp_path: Path) -> None:
    """Signing key, DKIM key and password are there, closed and valid."""
    password = secret_file(tmp_path / "password", "hush")
    assert said({**SMTP, **centre.settings(sign), "dkim": centre.dkim}) == []
    assert said({**SMTP, "username": "leerp", "password_file": password, "encrypt": "if_key"}) == []


@pytest.mark.parametrize("key", ["signing_key_file", "dkim"])
def test_a_key_that_is_not_there_or_open_to_others_is_named(centre: Centre, key: str, tmp_path: Path) -> None:
    """By its file, with what to do."""
    content = (centre.folder / ("openpgp.asc" if key == "signing_key_file" else "dkim.key")).read_bytes()
    file = tmp_path / "key"
    dkim = {"dkim": {**centre.dkim, "key_file": file}}
    changes: dict[str, Any] = dkim if key == "dkim" else {"sign": "openpgp", key: file}
    assert said({**SMTP, **changes}) == [f"{file}: cannot be read (No such file or directory); put the key there"]
    secret_file(file, content, mode=0o644)
    (open_to_all,) = said({**SMTP, **changes})
    assert open_to_all.startswith(f"{file}: holds a secret and is open to others (mode 644); set it with chmod 600")
    file.chmod(0o600)
    assert said({**SMTP, **changes}) == []


def test_a_signing_key_that_has_expired_is_named(tmp_path: Path) -> None:
    """A certificate that is not valid at the time of the check any more (for OpenPGP: `test_mail_keys`)."""
    private = ec.generate_private_key(ec.SECP256R1())
    ends = NOW + timedelta(days=3)
    certificate = mail_keys.certificate(private, mail_keys.SENDER, until=ends)
    (tmp_path / "pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    smime = {
        "sign": "smime",
        "signing_key_file": secret_file(tmp_path / "key", mail_keys.pem(private)),
        "signing_certificate_file": tmp_path / "pem",
    }
    assert said({**SMTP, **smime}) == []
    later = ends + timedelta(days=1)
    (ended,) = said({**SMTP, **smime}, at=later)
    assert ended == f"{tmp_path / 'pem'}: the certificate is not valid on {later:%Y-%m-%d}; put a new one there"


def test_passwords_and_tokens_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of mail and of Slack, in files and in the environment; both secrets of a Slack channel."""
    monkeypatch.delenv("LEERP_TEST_SECRET", raising=False)
    missing = "the environment variable LEERP_TEST_SECRET holds no"
    assert said({**SMTP, "username": "leerp", "password_env": "LEERP_TEST_SECRET"}) == [
        f"{missing} password for mail.example; put it there"
    ]
    slack = {"type": "slack", "maximum": "PUBLIC", "token_env": "LEERP_TEST_SECRET"}
    opened = secret_file(tmp_path / "signing", "s", mode=0o640)
    assert said({**slack, "signing_secret_file": opened}) == [f"{missing} bot token for Slack; put it there"]
    opened.chmod(0o646)
    assert len(said({**slack, "signing_secret_file": opened})) == 2


def test_keys_and_secrets_of_webhooks_are_looked_at(tmp_path: Path) -> None:
    """The private key, the shared file, and each file of the folder of readers."""
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = secret_file(tmp_path / "key.pem", made)
    folder = tmp_path / "readers"
    hook = {"type": "webhook", "maximum": "BPL", "answers": {"folder": folder}}
    hook["signature"] = {"scheme": "rfc9421", "key_id": "k", "key_file": key}
    assert said(hook) == [f"there is no folder {folder}; make it, with a file for each reader"]
    folder.mkdir()
    secret_file(folder / "csirt-fr", SECRET)
    assert said(hook) == []
    secret_file(folder / "csirt-de", SECRET, mode=0o644)
    key.chmod(0o664)
    found = said(hook)
    assert [one.split(": ")[0] for one in found] == [str(key), str(folder / "csirt-de")]
    shared = {**hook, "signature": {"scheme": "standard", "secrets": {"file": tmp_path / "none"}}, "answers": None}
    assert said(shared) == [f"the file {tmp_path / 'none'} holds no secret; put one there (whsec_ and base64)"]


def test_an_outbox_needs_nothing() -> None:
    """It has no server and no key."""
    assert said({"type": "outbox", "maximum": "BPL"}) == []
