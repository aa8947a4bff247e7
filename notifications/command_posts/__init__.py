"""The virtual command post (seed, III.5): where its rooms are opened, one file for each kind of service."""
