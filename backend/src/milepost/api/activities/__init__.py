"""Activities over HTTP: intake, feed, streak updates."""
