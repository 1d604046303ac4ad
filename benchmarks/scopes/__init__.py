"""The scope annex bench: ``python -m benchmarks.scopes``."""
