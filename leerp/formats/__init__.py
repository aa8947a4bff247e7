"""What the outside world writes, read into the vocabulary: pure functions from bytes to models."""
