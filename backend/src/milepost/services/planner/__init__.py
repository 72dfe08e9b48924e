"""Categories, tasks, slots and focus slots."""
