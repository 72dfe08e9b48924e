"""Mastery: published eases, and the sums that estimates rest on."""
