"""The directory: people, clients, positions, the operations on it, and what engagements are told of it."""
