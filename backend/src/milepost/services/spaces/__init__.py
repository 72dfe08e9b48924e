"""Writes spaces, composite goals and milestones, and takes snapshots of their progress."""
