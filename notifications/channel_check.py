"""What a channel lacks of the centre's own before it can send: keys, passwords, tokens. No server is asked."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from leerp.errors import BadInputError
from notifications.channels import AnySettings, ChannelsFile
from notifications.channels.slack.settings import SlackSettings
from notifications.channels.smtp.settings import SmtpSettings
from notifications.channels.webhook.secrets import Secrets
from notifications.channels.webhook.settings import Rfc9421, WebhookSettings


def check_channels(channels: ChannelsFile, *, at: datetime) -> list[str]:
    """What keeps a channel from sending whatever the message: one sentence each, in the order of channels.yaml.

    Every key is loaded, and tried out, as it would be for a message of that time (`at`): it must be there, closed to
    others, valid, of a kind that can sign, and the one of the address the centre sends from.
    """
    return [
        f"channel {name!r} cannot send: {fault}"
        for name, settings in channels.channels.items()
        for fault in _faults(settings, at)
    ]


def _faults(settings: AnySettings, at: datetime) -> Iterator[str]:
    for look in _looks(settings, at):
        try:
            look()
        except BadInputError as error:
            yield error.sentence


def _looks(settings: AnySettings, at: datetime) -> Iterator[Callable[[], object]]:
    """What to look at, each by a function that raises BadInputError for a fault."""
    if isinstance(settings, SmtpSettings):
        yield settings.password
        if settings.protects:
            yield partial(_try_keys, settings, at)
    elif isinstance(settings, SlackSettings):
        yield settings.token
        yield settings.signing_secret
    elif isinstance(settings, WebhookSettings):
        if isinstance(settings.signature, Rfc9421) and settings.signature.key_file is not None:
            yield partial(_try_webhook_key, settings.signature.key_file)
        for secrets in dict.fromkeys((settings.signature.secrets, settings.answers)):
            yield from _secrets(secrets)


def _secrets(secrets: Secrets | None) -> Iterator[Callable[[], object]]:
    """The shared file, or each file of the folder; a reader without one is found when something is sent there."""
    if secrets is None:
        return
    if secrets.folder is None:
        yield partial(secrets.of, "any")
        return
    yield partial(_need_folder, secrets.folder)
    for reader in sorted(one.name for one in secrets.folder.glob("*") if one.is_file()):
        yield partial(secrets.of, reader)


def _need_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise BadInputError(f"there is no folder {folder}; make it, with a file for each reader")


def _try_keys(settings: SmtpSettings, at: datetime) -> None:
    from notifications.channels.smtp.protection import load_protection  # noqa: PLC0415 - loaded where there is a key

    load_protection(settings).try_out(at=at)


def _try_webhook_key(file: Path) -> None:
    from notifications.channels.webhook.signing import private_key  # noqa: PLC0415 - the same

    private_key(file)
