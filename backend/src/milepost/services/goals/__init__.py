"""Periodic goals: writing them and closing their periods."""
