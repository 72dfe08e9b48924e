"""What the service keeps in Redis: hints and caches, never the record."""
