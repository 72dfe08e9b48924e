"""Reads behind statistics, insights, predictions and recommendations."""
