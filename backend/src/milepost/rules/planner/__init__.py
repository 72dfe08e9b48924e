"""What a planned day comes to."""
