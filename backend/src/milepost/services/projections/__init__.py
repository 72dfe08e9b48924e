"""Projections: kept up to date and refilled from facts."""
