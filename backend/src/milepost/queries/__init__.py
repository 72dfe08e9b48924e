"""Reads: one or two SELECTs each, frozen rows back, always bounded, always scoped to a learner. Nothing here writes."""
