"""Outgoing Slack: the Web API, rendering for it, and identifying its accounts. Incoming requests are handled in
`api/slack`.
"""
