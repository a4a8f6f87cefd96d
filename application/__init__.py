"""The use-cases that every entry point shares: one function per command, queries for the read side, one error model."""
