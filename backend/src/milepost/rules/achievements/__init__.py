"""Achievements: their definitions, which of them a learner has unlocked, and the day each was earned on."""
