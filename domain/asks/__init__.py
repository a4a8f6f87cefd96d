"""Asking people for one thing, the same for an engagement and for a change order.

`opening.py` whom, for what, until when · `answering.py` whose answer counts · `questions.py` need information ·
`counting.py` what votes come to · `ladders.py` silence: reminders, stand-ins, rungs · `standing_in.py` absences and
delegations as they come and go · `reseating.py` who is asked when people change · `seats.py` who may answer in whose
place · `ending.py` ends and clocks. The values are in `domain/asks/model.py`, the facts in `domain/asks/events.py`.
"""
