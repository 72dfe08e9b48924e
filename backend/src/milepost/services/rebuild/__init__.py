"""Counting everything again from the log, or comparing it."""
