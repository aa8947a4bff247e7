"""Tests of exchange: scenarios from and to the formats of others."""
