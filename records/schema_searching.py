"""Searching: the tables."""
