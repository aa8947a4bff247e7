"""`leerp doctor`: what the channels lack is said before the emergency."""

import json

import pytest

from tests.desk.commands import Commands
from tests.secret_files import secret_file

MAIL = {
    "type": "smtp",
    "maximum": "BPL",
    "host": "mail.example",
    "from_address": "ecc@ec3.example",
    "username": "leerp",
    "password_file": "password",
    "sign": "openpgp",
    "signing_key_file": "openpgp.asc",
}


def lacking(leerp: Commands) -> list[str]:
    """What doctor says that the channels lack."""
    said = leerp("doctor", "--json")
    return [one["detail"] for one in said.json if (one["check"], one["state"]) == ("channels", "missing")]


def test_a_key_and_a_password_that_a_channel_lacks_are_named(leerp: Commands) -> None:
    """With the files, and exit code 1; an open password file too."""
    config = leerp.home / "config"
    assert lacking(leerp) == []
    (config / "channels.yaml").write_text(json.dumps({"channels": {"email": MAIL}}))
    email = "channel 'email' cannot send:"
    key = f"{email} {config}/openpgp.asc: cannot be read (No such file or directory); put the key there"
    password = f"{email} the file {config}/password holds no password for mail.example; put it there"
    assert lacking(leerp) == [password, key]
    assert leerp("doctor").code == 1
    secret_file(config / "password", "hush", mode=0o644)
    assert lacking(leerp)[0].startswith(f"{email} {config}/password: holds a secret and is open")
    secret_file(config / "password", "hush")
    assert lacking(leerp) == [key]


def test_in_an_exercise_no_key_is_loaded(leerp: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every channel is an outbox there, and lacks nothing."""
    (leerp.home / "config" / "channels.yaml").write_text(json.dumps({"channels": {"email": MAIL}}))
    monkeypatch.setenv("LEERP_MODE", "exercise")
    assert lacking(leerp) == []
