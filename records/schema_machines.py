"""Machines at the desk: the tables."""
