"""Reads of leaderboards, groups and the figures about peers."""
