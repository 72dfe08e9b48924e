"""Periodic goals over HTTP."""
