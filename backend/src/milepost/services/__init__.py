"""Writes: load, decide by the rules, save. A service never commits; a route, a job or the intake queue does."""
