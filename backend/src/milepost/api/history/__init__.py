"""Daily history over HTTP."""
