"""What the readers of formats make of good files, bad files and garbage."""
