"""Reads of periodic goals and their progress."""
