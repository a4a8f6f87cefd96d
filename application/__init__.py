"""The use-cases that every front door shares: one function a command, queries for the read side, one error model."""
