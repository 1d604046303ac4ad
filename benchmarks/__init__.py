"""Benchmarks: reading accuracy and speed, beside other tools on the same pages."""
