"""Whom each event is told to, when, and in what words."""
