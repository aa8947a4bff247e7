"""What it does to the world: Temporal activities, thin, one file per outside system."""
