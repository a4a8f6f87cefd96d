"""One engagement, from the first call to the close, as one aggregate.

Its slices, each with its commands, events, values, rules and handlers: `needs`, `roles`, `scope`, `pricing`,
`documents`, `delivery`, `changes`, `tasks`, `answers`, `acts_owed`, `closing`, `playbook`.

What holds them together: `aggregate.py` what an engagement is · `commands.py` and `events.py` all of them, gathered ·
`permissions.py` who may give which · `decide.py` a command becomes events · `gates.py` what must hold before a stage
is left · `policies.py` what follows of itself after each event · `reactions.py` what the end of an ask means ·
`timers.py` what time brings · `ask_subjects.py` what each ask shows, and so what each approval is bound to.
"""
