"""Signing in over HTTP: one-time codes of the platform, and the demo of `milepost run`."""
