"""What an achievement asks for, who has earned it, and on which day."""
