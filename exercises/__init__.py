"""How it is rehearsed: scenarios, player, after-action report."""
