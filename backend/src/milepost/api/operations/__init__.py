"""Health, metrics, jobs and audit over HTTP."""
