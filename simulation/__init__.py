"""Simulates a firm's portfolio in seconds: the pure domain, a seeded firm, and rules that are checked throughout.

    python -m simulation --seed 1 --engagements 200 --days 730

`firm.py` who works there and what happens to them · `deals.py` what is sold · `conduct.py` how people react ·
`agenda.py` whose turn it is to do what · `remedies.py` how vacancies and silence are dealt with · `pressure.py`
attempts to make a project manager something else · `random_events.py` and `staff_events.py` what happens to engagements
and people · `running.py` one engagement with its change orders · `portfolio.py` time · `checks.py` what must hold at
each fact · `figures.py` the results.
"""
