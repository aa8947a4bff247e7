"""Signed requests to a server of the reader's."""
