"""Runs of met days, and what keeps them alive."""
