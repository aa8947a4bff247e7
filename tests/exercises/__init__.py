"""How it is rehearsed."""
