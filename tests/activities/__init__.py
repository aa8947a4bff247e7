"""What activities do to the world."""
