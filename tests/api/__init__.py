"""The desk for machines."""
