"""Mastery over HTTP."""
