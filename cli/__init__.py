"""The commands of `interlock` by subject; `cli/main.py` assembles them and wires what they need."""
