"""The sample directory and deals, and the player that takes deal files through the real API."""
