"""The directory: people, clients, positions, what may be done to it, what engagements are told of it."""
