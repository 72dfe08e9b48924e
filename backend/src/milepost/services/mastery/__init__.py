"""Mastery: publishing eases, and bringing up what an earlier version recorded."""
