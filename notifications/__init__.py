"""How it speaks: directory, variants, templates, channels."""
