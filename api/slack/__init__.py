"""Slack's front door: clicks, forms, commands, App Home. It parses, draws and passes on; it decides nothing."""
