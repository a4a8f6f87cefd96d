"""The entry points: each parses a request, identifies the caller, calls one application function and renders."""
