"""The desk for machines: reports and contributions in, early warnings out, over HTTP with tokens."""
