"""Collecting: the tables."""
