"""Insights from a learner's sums: trends, strengths, predictions, recommendations."""
