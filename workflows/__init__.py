"""The engine's side: handlers, timers, the loop that writes the record. The rules are in `domain`."""
