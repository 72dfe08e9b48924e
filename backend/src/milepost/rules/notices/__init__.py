"""Notices: what learners are told, when, and in which words."""
