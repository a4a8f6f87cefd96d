"""Slack without Slack: an emulator of it, and somebody who reads and presses buttons there."""
