"""The service's data in Redis: hints and caches, never the record."""
