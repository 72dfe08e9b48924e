"""Groups of learners, and the figures about peers."""
