"""Streaks, pauses, repairs and outages over HTTP."""
