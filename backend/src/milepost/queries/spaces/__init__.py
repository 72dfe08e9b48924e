"""Reads of spaces, composite goals and milestones."""
