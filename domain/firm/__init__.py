"""The firm as an aggregate: its directory, what may be done to it, and what each engagement is told of it."""
