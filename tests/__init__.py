"""The tests: unit tests by room, guarantees one a file, replayed histories."""
