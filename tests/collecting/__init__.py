"""Collecting: what leerp reads by itself, against servers that are real where there are any."""
