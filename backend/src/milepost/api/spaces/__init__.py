"""Spaces, composite goals and milestones over HTTP."""
