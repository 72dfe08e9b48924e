"""Learners over HTTP: their own settings, and administration."""
