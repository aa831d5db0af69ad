"""The speed table, measured: `python -m tests.bench`, usually through `make bench`."""
