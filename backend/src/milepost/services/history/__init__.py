"""Takes daily snapshots and checks them."""
