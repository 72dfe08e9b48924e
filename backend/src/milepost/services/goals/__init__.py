"""Periodic goals: keeping them, closing their periods."""
