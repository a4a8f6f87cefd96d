"""Outgoing Slack: the Web API, rendering, and identifying accounts. Incoming requests are handled in `api/slack`."""
