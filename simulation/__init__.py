"""A firm's portfolio lived through in seconds: the pure domain, a seeded firm, and rules that are watched all along.

    python -m simulation --seed 1 --engagements 200 --days 730

`firm.py` who works there and what happens to them · `deals.py` what is sold · `conduct.py` how people react ·
`agenda.py` what is whose to do next · `remedies.py` how vacancies and silence are mended · `pressure.py` attempts to
make a project manager something else · `random_events.py` and `staff_events.py` what happens to
engagements and people · `running.py` one engagement with its
change orders · `portfolio.py` time · `checks.py` what must hold at each fact · `figures.py` what came of it.
"""
