"""Signing in: one-time codes that stand for a learner's token."""
