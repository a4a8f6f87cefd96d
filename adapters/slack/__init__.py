"""What goes out to Slack: its Web API, what is drawn for it, and who is who there. What comes in is `api/slack`."""
