"""Writes to learners themselves: time zones."""
