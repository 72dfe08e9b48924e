"""Achievements: the catalogue and its backfills, counters, and who is given what."""
