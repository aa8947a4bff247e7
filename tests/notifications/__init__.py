"""Tests of how the centre speaks: configuration, audiences, notices, variants, channels."""
