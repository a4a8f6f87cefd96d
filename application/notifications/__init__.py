"""Whoever is to hear of something: what they are shown, by which channel it leaves, and what became of it."""
