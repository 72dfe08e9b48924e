"""Mastery: what a learner can do now, by topic, and how easy exercises are."""
