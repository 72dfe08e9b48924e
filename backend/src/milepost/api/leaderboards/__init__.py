"""Leaderboards, groups and peers over HTTP."""
