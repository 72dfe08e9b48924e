"""Reads of the catalogue and of what learners hold."""
