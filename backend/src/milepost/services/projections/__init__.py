"""Projections: kept and refilled from facts."""
