"""How much an engagement may hold, so that no event, state or card outgrows what carries it.

`areas.py` what people add to, each with its limit · `reserved.py` what answers, endings and closing may still take ·
`limits.py` what is refused.
"""
