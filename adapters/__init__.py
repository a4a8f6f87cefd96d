"""Infrastructure adapters: files, database, Slack, mail and the Temporal client. Each may import only the domain."""
