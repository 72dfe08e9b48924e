"""What routes of every subject share: contracts, parsing, answers."""
