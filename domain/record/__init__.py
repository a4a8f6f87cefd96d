"""What is recorded: facts with their circumstances, and the batches in which they are written."""
