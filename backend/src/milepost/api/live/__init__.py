"""The live stream of a learner: notices, and hints that something has changed."""
