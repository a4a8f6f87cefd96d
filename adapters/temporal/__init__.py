"""The client of the workflow engine, and the embedded server."""
