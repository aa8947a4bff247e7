"""The long forms of tests: run by themselves, `python3 run.py exec pytest tests/long`."""
