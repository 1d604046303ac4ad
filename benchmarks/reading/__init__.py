"""How well and how fast papers are read: ``python -m benchmarks.reading``."""
