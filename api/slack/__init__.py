"""Slack's entry point: clicks, forms, commands, App Home. It parses, renders and delegates; it decides nothing."""
