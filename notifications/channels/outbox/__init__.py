"""Messages as folders of files."""
