"""What the service is measured against. Frozen: a change would change what the figures mean."""
