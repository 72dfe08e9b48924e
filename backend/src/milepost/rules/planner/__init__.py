"""The sums of planned days."""
