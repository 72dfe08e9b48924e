"""Which tokens are trusted, and with which keys."""
