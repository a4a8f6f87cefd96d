"""Thin activities: each holds what it needs and calls an adapter; idempotent by stream and sequence."""
