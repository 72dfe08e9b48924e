"""The contributions of the activity log to each projection, as SQL."""
