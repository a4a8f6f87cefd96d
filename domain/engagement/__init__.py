"""One engagement, from the first call to the close, as one aggregate.

Its slices, each with its commands, events, values, rules and handlers: `needs`, `roles`, `scope`, `pricing`,
`documents`, `delivery`, `changes`, `tasks`, `answers`, `acts_owed`, `closing`, `playbook`.

What joins them: `aggregate.py` the state of an engagement · `commands.py` and `events.py` collect those of all slices ·
`permissions.py` who may give which command · `decide.py` turns a command into events · `gates.py` what must hold before
a stage is left · `policies.py` what follows automatically from events · `reactions.py` what the end of an ask means ·
`timers.py` what is due with time · `ask_subjects.py` what each ask shows, and so what each approval is bound to.
"""
