"""The workflows on a real engine."""
