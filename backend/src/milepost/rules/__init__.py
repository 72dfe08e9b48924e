"""Pure rules: standard library only, no I/O, no clock, no async. Time and policy arrive as arguments."""
