"""Excused days of one learner and of everybody: pauses, repairs, outages."""
