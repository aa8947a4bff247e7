"""What an operator may write for a webhook channel, and what is built from it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from leerp.notices import Mode
from notifications.channels import ChannelsFile, build_channels
from notifications.channels.outbox.transport import OutboxChannel
from notifications.channels.webhook.settings import WebhookSettings
from notifications.channels.webhook.transport import WebhookChannel


def settings(signature: dict[str, object]) -> WebhookSettings:
    """Settings with that signature."""
    return WebhookSettings.model_validate({"type": "webhook", "maximum": "BPL", "signature": signature})


def test_files_are_taken_from_the_folder_of_the_settings() -> None:
    """Relative ones, wherever they are named; absolute ones stay."""
    read = WebhookSettings.model_validate(
        {
            "type": "webhook",
            "maximum": "BPL",
            "signature": {"scheme": "rfc9421", "key_id": "k", "key_file": "secrets/key.pem"},
            "answers": {"folder": "/secrets/readers"},
            "ca_file": "ca.pem",
        }
    ).below(Path("/etc/leerp"))
    assert read.signature.model_dump()["key_file"] == Path("/etc/leerp/secrets/key.pem")
    assert read.answers == read.answer_secrets
    assert read.answers is not None
    assert (read.answers.folder, read.ca_file) == (Path("/secrets/readers"), Path("/etc/leerp/ca.pem"))


@pytest.mark.parametrize(
    "signature",
    [
        {"scheme": "rfc9421", "key_id": "k"},
        {"scheme": "rfc9421", "key_id": "k", "key_file": "a", "secrets": {"file": "b"}},
        {"scheme": "rfc9421", "key_id": 'a"b', "key_file": "a"},
        {"scheme": "standard", "secrets": {}},
        {"scheme": "standard", "secrets": {"file": "a", "folder": "b"}},
        {"scheme": "none"},
    ],
)
def test_a_signature_has_exactly_one_key(signature: dict[str, object]) -> None:
    """None, or two at once, is refused when the file is read: nothing is ever sent unsigned."""
    with pytest.raises(ValidationError):
        settings(signature)


def test_it_is_built_for_real_and_never_for_an_exercise(tmp_path: Path) -> None:
    """By its type in channels.yaml; in an exercise it is an outbox of the same name and maximum."""
    file = ChannelsFile(channels={"csirts": settings({"scheme": "standard", "secrets": {"file": "hooks"}})})
    actual = build_channels(file, mode=Mode.ACTUAL, outbox=tmp_path)["csirts"]
    exercise = build_channels(file, mode=Mode.EXERCISE, outbox=tmp_path)["csirts"]
    assert isinstance(actual, WebhookChannel)
    assert isinstance(exercise, OutboxChannel)
    assert (exercise.name, exercise.maximum, exercise.forms) == (actual.name, actual.maximum, actual.forms)
