"""Streaks: runs of met days, and the freezes and excuses that keep them alive."""
