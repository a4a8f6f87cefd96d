"""One engagement, from the first call to the close, as one aggregate.

`state.py` what it is · `commands.py` what may be asked of it · `events.py` what happened ·
`permissions.py` who may ask for what · `decide.py` the door · `consequences.py` what follows of itself.
The chapters: `qualifying`, `coverage`, `staffing`, `holdings`, `vacancies`, `leaving`, `scoping`, `dealing`,
`documents`, `delivering`, `tasks`, `changing`, `closing`; `matrix.py` is the coverage matrix;
`subjects.py` says what each ask shows, and so what each approval is bound to.
"""
