"""The overview of a learner over HTTP."""
