"""Tests of `records/`: each runs against a SQLite file and against a real PostgreSQL."""
