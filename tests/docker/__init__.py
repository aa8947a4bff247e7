"""The container files: what can be checked without a container engine."""
