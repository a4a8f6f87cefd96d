"""Renders SOW and BRD as documents."""
