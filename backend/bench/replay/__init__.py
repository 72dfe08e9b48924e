"""Public data sets, posted as activities through the HTTP API."""
