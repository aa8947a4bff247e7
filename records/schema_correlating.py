"""Correlating: the tables."""
