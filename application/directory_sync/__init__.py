"""What the directory says, on its way to the engagements."""
