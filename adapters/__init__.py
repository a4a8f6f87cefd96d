"""Infrastructure adapters: files, database tables, Slack, mail and the Temporal client. Each may import the domain,
and no other layer.
"""
