"""The web desk: server-rendered pages for the duty officer."""
