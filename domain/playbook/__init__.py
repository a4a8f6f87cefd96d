"""The process as a firm defines it, and what a defined process must not have."""
