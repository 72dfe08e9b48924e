"""Reads of periodic goals and what they have come to."""
