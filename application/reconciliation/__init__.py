"""Record and engine compared, and repaired."""
