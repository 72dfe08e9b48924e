"""Reads of plans, planner days and analytics."""
