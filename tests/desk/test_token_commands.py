"""`leerp token`: tokens are made, shown once, listed without their secrets, and revoked."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.desk.commands import Commands

OPERATOR = """
  - id: token-keeper
    name: Keeper of tokens
    roles: [operator]
"""


@pytest.fixture
def operator(leerp: Commands, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The command line of somebody with the role operator."""
    file = leerp.home / "config" / "directory.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("\nofficers:\n", f"\nofficers:{OPERATOR}"), encoding="utf-8")
    monkeypatch.setenv("LEERP_ACTOR", "token-keeper")
    return leerp


@pytest.fixture
def source(operator: Commands) -> str:
    """The name of a stakeholder, as the directory has it."""
    return str(operator("directory", "show", "csirt-fr", "--json").json[0]["name"])


def test_a_token_is_made_and_shown_once(operator: Commands, source: str) -> None:
    """For a stakeholder by id or name, for what was said; the list has it without its secret."""
    command = ("token", "make", "--source", source, "--scope", "feed", "--scope", "report", "--days", "7")
    made = operator(*command, "--note", "SIEM", "--json").json
    listed = operator("token", "list", "--json")
    [token] = listed.json
    assert made["secret"].startswith("leerp-")
    assert (token["id"], token["source"], token["scopes"]) == (made["token"], "csirt-fr", ["feed", "report"])
    assert (token["state"], token["note"]) == ("good", "SIEM")
    assert made["secret"] not in listed.out
    assert "SIEM" in operator("token", "list").out


def test_a_token_is_revoked_with_a_reason(operator: Commands) -> None:
    """Once; the journal of the desk has making and revoking, and no secret."""
    made = operator("token", "make", "--source", "csirt-fr", "--scope", "report", "--json").json
    assert operator("token", "revoke", made["token"]).code == 1
    first = operator("token", "revoke", made["token"], "--reason", "lost", "--json").json
    again = operator("token", "revoke", made["token"], "--reason", "lost", "--json").json
    journal = operator("journal", "export", "desk").out
    kinds = [json.loads(line)["kind"] for line in journal.splitlines() if line]
    assert [first["revoked"], again["revoked"]] == [True, False]
    assert operator("token", "list", "--json").json[0]["state"] == "revoked"
    assert kinds.count("desk.token.made") == kinds.count("desk.token.revoked") == 1
    assert made["secret"] not in journal
    assert operator("token", "revoke", "token-0", "--reason", "x").code == 2


def test_a_secret_to_sign_with_is_kept_sealed(operator: Commands) -> None:
    """The key of the desk is made for its owner alone; neither it nor the secret stands in the records."""
    made = operator("token", "make", "--source", "csirt-fr", "--scope", "report", "--hmac", "--signed-only", "--json")
    key = operator.home / "desk.key"
    assert made.json["signing_secret"].startswith("whsec_")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not list(operator.home.glob("desk.key.*"))
    records = (operator.home / "records.db").read_bytes()
    assert made.json["signing_secret"].removeprefix("whsec_").encode() not in records
    assert key.read_bytes().strip() not in records


def test_a_public_key_is_taken_if_it_is_one(operator: Commands, tmp_path: Path) -> None:
    """Ed25519 in PEM; any other key, and what is none, is refused in one sentence."""
    good, other, none = (tmp_path / name for name in ("good.pem", "other.pem", "none.pem"))
    form = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    good.write_bytes(Ed25519PrivateKey.generate().public_key().public_bytes(*form))
    other.write_bytes(generate_private_key(SECP256R1()).public_key().public_bytes(*form))
    none.write_bytes(b"none")
    make = ("token", "make", "--source", "csirt-fr", "--scope", "report", "--public-key")
    said = operator(*make, str(good))
    assert said.code == 0
    assert "keyid for signatures: token-" in said.out
    assert [operator(*make, str(file)).code for file in (other, none, tmp_path / "missing")] == [2, 2, 2]
    assert operator(*make, str(good), "--hmac").code == 2


WRONG = (
    ("--source", "nobody", "--scope", "report"),
    ("--source", "csirt-fr"),
    ("--source", "csirt-fr", "--scope", "everything"),
    ("--source", "csirt-fr", "--scope", "report", "--days", "0"),
    ("--source", "csirt-fr", "--scope", "report", "--days", "4000"),
    ("--source", "csirt-fr", "--scope", "report", "--per-minute", "0"),
    ("--source", "csirt-fr", "--scope", "report", "--signed-only"),
)


def test_wrong_use_makes_no_token(operator: Commands) -> None:
    """Exit code 2 and one sentence."""
    for wrong in WRONG:
        said = operator("token", "make", *wrong)
        assert (said.code, said.err.count("\n")) == (2, 1), wrong
    assert operator("token", "list", "--json").json == []


def test_operators_alone_make_tokens(leerp: Commands) -> None:
    """An officer without the role is told who may."""
    said = leerp("token", "make", "--source", "csirt-fr", "--scope", "report", "--as", "duty-officer")
    assert (said.code, "role operator" in said.err) == (1, True)
