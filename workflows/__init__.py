"""The Temporal workflows: message handlers, timers and the loop that writes the record. The rules live in `domain`."""
