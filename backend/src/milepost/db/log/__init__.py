"""What the activity log adds to each projection, as SQL."""
