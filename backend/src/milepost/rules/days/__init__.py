"""Local days: a learner's date at an instant, and periods of dates."""
