"""Who is told of each event, when, and in what words."""
