"""What sums say about a learner: trends, strengths, predictions, recommendations."""
