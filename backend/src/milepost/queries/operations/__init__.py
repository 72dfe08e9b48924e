"""Reads for administrators and operators."""
