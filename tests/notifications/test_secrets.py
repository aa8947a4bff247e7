"""Files of secrets: read only if they are closed to others, whatever the secret is for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leerp.errors import BadInputError
from notifications.channels import secrets
from notifications.channels.secrets import read_secret, secret_from
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.webhook.secrets import Secrets
from notifications.channels.webhook.settings import Rfc9421
from notifications.channels.webhook.signing import signed_headers
from tests.notifications import cast
from tests.secret_files import secret_file

MAIL = {"type": "smtp", "maximum": "BPL", "host": "mail.example", "from_address": "ecc@ec3.example"}
SLACK = {"type": "slack", "maximum": "PUBLIC"}


def mail(file: Path, **changes: object) -> SmtpSettings:
    """A mail channel whose secrets stand in this file."""
    sign = {"sign": "openpgp", "signing_key_file": file, "signing_password_file": file}
    return SmtpSettings.model_validate({**MAIL, "username": "leerp", "password_file": file, **sign, **changes})


def signed(file: Path) -> object:
    """A request signed with the key in this file."""
    signature = Rfc9421(scheme="rfc9421", key_id="k", key_file=file)
    return signed_headers(signature, b"{}", url="https://a.example/", webhook_id="m", reader="r", at=cast.AT)


READERS: dict[str, Callable[[Path], object]] = {
    "mail password": lambda file: mail(file).password(),
    "password of the signing key": lambda file: mail(file).signing_password(),
    "Slack token": lambda file: SlackSettings.model_validate({**SLACK, "token_file": file}).token(),
    "Slack signing secret": lambda file: SlackSettings.model_validate(
        {**SLACK, "token_env": "X", "signing_secret_file": file}
    ).signing_secret(),
    "secret of a reader": lambda file: Secrets(folder=file.parent).of(file.name),
    "webhook key": signed,
    "any key": read_secret,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o602])
def test_a_secret_that_others_can_read_or_change_is_refused(
    read: Callable[[Path], object], mode: int, tmp_path: Path
) -> None:
    """By one sentence, which names the file, its mode and what to do; and never the secret."""
    file = secret_file(tmp_path / "secret", "whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNo", mode=mode)
    with pytest.raises(BadInputError) as refused:
        read(file)
    assert refused.value.sentence == (
        f"{file}: holds a secret and is open to others (mode {mode:o}); "
        "set it with chmod 600, or 640 for a group of leerp's own, and consider whether it is still secret"
    )


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_one_that_is_closed_is_read(mode: int, tmp_path: Path) -> None:
    """Its owner, and a group that secrets are handed out by."""
    file = secret_file(tmp_path / "secret", "hush\n", mode=mode)
    assert secret_from(file, None, what="password") == "hush"


@pytest.mark.parametrize(("mode", "refused"), [(0o444, False), (0o644, False), (0o664, True), (0o646, True)])
def test_a_secret_mounted_into_a_container_may_be_readable_by_all(
    mode: int, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As container engines hand it over; but nobody may change it; what counts is where the file really is."""
    mounted = tmp_path / "run" / "secrets"
    mounted.mkdir(parents=True)
    monkeypatch.setattr(secrets, "MOUNTED", mounted)
    file = secret_file(mounted / "smtp", "hush\n", mode=mode)
    link = tmp_path / "link"
    link.symlink_to(file)
    outside = secret_file(tmp_path / "outside", "hush\n", mode=0o444)
    (mounted / "link").symlink_to(outside)
    for place in (file, link):
        if refused:
            with pytest.raises(BadInputError, match="is open to others"):
                secret_from(place, None, what="password")
        else:
            assert secret_from(place, None, what="password") == "hush"
    with pytest.raises(BadInputError, match="is open to others"):
        secret_from(mounted / "link", None, what="password")


def test_where_container_engines_mount_secrets() -> None:
    """The folder that compose.yaml and its README speak of."""
    assert Path("/run/secrets") == secrets.MOUNTED


def test_what_is_missing_is_said_as_before(tmp_path: Path) -> None:
    """A file that is not there, or holds nothing, lacks the secret by its name."""
    empty = secret_file(tmp_path / "empty", "\n")
    for file in (tmp_path / "nowhere", empty):
        with pytest.raises(BadInputError, match="holds no password; put it there"):
            secret_from(file, None, what="password")
