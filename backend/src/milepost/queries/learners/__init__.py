"""Reads of a learner: version, facts that decide days, profile."""
