"""Messages in a Slack workspace of the operator's, and the acknowledgements that come back from there."""
