"""Jobs: work that runs on a schedule or on a hint."""
