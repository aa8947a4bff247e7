"""`python -m desk`: the command line."""

from desk.cli import main

if __name__ == "__main__":
    main()
