"""Benches: goals, not timed tests. Each prints a table and JSON, with ratios to something run in the same session."""
