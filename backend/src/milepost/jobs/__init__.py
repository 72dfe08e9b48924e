"""Jobs: what runs on a schedule or by a hint."""
