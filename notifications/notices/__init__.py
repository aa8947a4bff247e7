"""The kinds of notice: a folder each, with what it is made of and every word it says."""
