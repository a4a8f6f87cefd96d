"""Use-cases that change something: one function per command, shared by every entry point."""
