"""Asking people for one thing, the same for an engagement and for a change order.

`model.py` the ask and its vote · `opening.py` whom, for what, until when · `answering.py` whose answer counts ·
`tally.py` what votes come to · `questions.py` what people ask back · `escalation.py` silence: reminders, stand-ins,
rungs · `delegation.py` absences and delegations as they come and go · `reassignment.py` who is asked when people
change · `eligibility.py` who may answer, and in whose place · `ending.py` how an ask ends · `choices.py` which answers
each kind of ask has · `card.py` what an ask says to whoever answers it.
"""
