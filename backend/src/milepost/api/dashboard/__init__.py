"""The dashboard over HTTP: its page, and the built files that belong to it."""
