"""Pages, rendered on the server: those of the site for people who sign in, and the one that a personal link opens.

What decides something works without JavaScript.
"""
