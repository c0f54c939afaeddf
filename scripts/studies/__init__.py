"""Modules of the studies and benchmarks whose results are committed (README.md)."""
