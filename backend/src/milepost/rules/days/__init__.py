"""From an instant to a learner's date, and from dates to periods."""
