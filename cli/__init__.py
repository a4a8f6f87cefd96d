"""The commands of `interlock` by subject; `cli/main.py` puts them together and wires what they need."""
