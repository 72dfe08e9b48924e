"""Achievements and badges over HTTP."""
