"""Reads of streaks, pauses and outages."""
