"""How it decides: the tables and their evaluators."""
