"""The planner and its analytics over HTTP."""
