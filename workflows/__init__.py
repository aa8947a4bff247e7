"""In what order and how long: Temporal workflows. No I/O, no wording."""
