"""Receipts that readers have not reached yet."""
