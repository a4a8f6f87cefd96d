"""Benchmarks: goals, not timed tests. Each prints a table and JSON, with ratios to a run in the same session."""
