"""Measures the engine beside a bare hand-written twin of one of its entities. Start: `python -m benchmarks --help`."""
