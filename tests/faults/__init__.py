"""Faults that enter by the doors that the program itself uses."""
