"""Shares: making and revoking links, counting their views, drawing their images."""
