"""Slack without Slack: an emulator, and a person who reads messages and presses buttons in it."""
