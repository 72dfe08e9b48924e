"""Reads of a learner's row: version, zone facts, profile."""
