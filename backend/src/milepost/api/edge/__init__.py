"""Everything that runs before and after each route."""
