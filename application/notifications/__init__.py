"""Messages to people: what they are shown, by which channel it is sent, and what became of it."""
