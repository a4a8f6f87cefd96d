"""What comes next in an engagement or a change order, and whose it is."""
