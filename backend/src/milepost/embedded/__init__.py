"""PostgreSQL and Redis from wheels, for machines with only Python: `milepost run` and the tests.

Not used in production. Only this package, the command line, the benchmarks and the tests import it.
"""
