"""What comes in through a door that must answer at once: kept first, carried out after, once."""
