"""People at the desk: the tables."""
