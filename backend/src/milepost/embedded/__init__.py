"""PostgreSQL and Redis from wheels, for a machine with only Python: `milepost run` and the tests.

Nothing here is used in production, and nothing outside this package, the command line and the tests imports it.
"""
