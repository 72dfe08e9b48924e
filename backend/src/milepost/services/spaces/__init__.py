"""Spaces, composite goals, milestones and their progress."""
