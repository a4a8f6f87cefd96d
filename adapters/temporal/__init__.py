"""The Temporal client and the embedded Temporal server."""
