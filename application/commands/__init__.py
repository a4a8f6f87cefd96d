"""Use-cases that change something: one function a command, shared by every front door."""
