"""Reads of everything a learner has, in one answer or as a stream."""
