"""Who may do what at the desk, and what of it all each may see."""
