"""Statistics, insights, predictions and recommendations over HTTP."""
