"""The Slack face: cards, modals, commands, App Home. It draws, parses and passes on; it decides nothing."""
