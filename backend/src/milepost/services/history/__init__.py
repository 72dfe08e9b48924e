"""Daily snapshots: taking them and checking them."""
