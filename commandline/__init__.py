"""The commands of `interlock` by subject; `cli.py` puts them together and wires what they need."""
