"""The outside: files, tables, Slack, mail, the engine's client. Each adapter knows the domain and no other room."""
