"""The rules and the values of Interlock, pure: no clock, no input or output, no engine.

Start with `engagement/decide.py`: `decide(state, command, actor, now)` gives a new state and the facts
that made it, or raises a refusal.
"""
