"""How it decides: tables as data files, evaluators as pure functions."""
