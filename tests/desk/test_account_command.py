"""`leerp account`: what an operator does from the shell."""

from tests.desk.commands import Commands


def test_an_operator_keeps_accounts_from_the_shell(leerp: Commands) -> None:
    """List, invite, lock, unlock, reset and end sessions answer in a sentence and as JSON, and are in the journal."""
    listed = leerp("account", "list", "--json").json
    assert {one["person"]: one["roles"] for one in listed}["head-of-operations"] == ["officer", "approver"]
    invited = leerp("account", "invite", "duty-officer", "--json")
    assert "/sign-in/" in invited.json["link"]
    locked = leerp("account", "lock", "duty-officer", "--reason", "telephone lost", "--as", "desk-operator")
    assert (locked.code, locked.out.strip()) == (0, "duty-officer is locked out; 0 sessions ended")
    assert leerp("account", "invite", "duty-officer").code == 2
    (one,) = [one for one in leerp("account", "list", "--json").json if one["person"] == "duty-officer"]
    assert (one["locked"], one["password"], one["passkeys"]) == (True, False, 0)
    assert "locked by desk-operator: telephone lost" in leerp("account", "list").out
    for words in (("unlock",), ("reset",), ("end-sessions",)):
        assert leerp("account", *words, "duty-officer").code == 0, words
    assert leerp("sign-in", "--as", "duty-officer").code == 0


def test_what_cannot_be_is_refused_in_one_sentence(leerp: Commands) -> None:
    """Nobody of that id, and a lock without a reason: exit code 2 and one sentence."""
    for words in (
        ("invite", "nobody"),
        ("lock", "nobody", "--reason", "x"),
        ("lock", "duty-officer", "--reason", " "),
        ("unlock", "nobody"),
        ("reset", "nobody"),
        ("end-sessions", "nobody"),
    ):
        said = leerp("account", *words)
        assert (said.code, said.err.count("\n")) == (2, 1), words
