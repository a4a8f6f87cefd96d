"""Record and engine held against each other, and healed."""
