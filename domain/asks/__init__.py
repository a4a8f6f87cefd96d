"""Asks: requests to people for one answer each, with the same rules for engagements and change orders.

`model.py` the ask and its votes · `opening.py` who is asked, for what, by when · `answering.py` whose answer counts ·
`tally.py` counting the votes · `questions.py` questions back to the requester · `escalation.py` reminders, stand-ins
and rungs while nobody answers · `delegation.py` absences and delegations as they begin and end · `reassignment.py` who
is asked when role holders change · `eligibility.py` who may answer, and for whom · `ending.py` how an ask ends ·
`choices.py` which answers each kind of ask has · `card.py` what an ask shows to the person who answers it.
"""
