"""Skill levels over HTTP."""
