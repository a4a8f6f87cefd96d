"""Forms for every command that people give on an engagement; a file a slice of it."""
