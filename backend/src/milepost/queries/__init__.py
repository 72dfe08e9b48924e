"""Reads of one or two SELECTs each, always bounded and scoped to a learner. They return frozen rows and never write."""
