"""Sharing over HTTP: the routes of the owner, and the public pages and images."""
