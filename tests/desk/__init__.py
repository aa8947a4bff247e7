"""The desk: command line and pages."""
