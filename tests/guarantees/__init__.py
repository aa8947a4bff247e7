"""One guarantee of the design a file; the file name is the guarantee."""
