"""`python -m bench.replay`, which `scripts/replay` calls."""

from bench.replay.client import main

if __name__ == "__main__":
    main()
