"""Writes what excuses days: pauses and repairs of one learner, outages for all learners."""
