"""Reads of the catalogue and of learners' achievements."""
