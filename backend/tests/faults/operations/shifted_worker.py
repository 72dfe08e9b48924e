"""Runs a real worker whose wall clock a test may set: `python shifted_worker.py FILE`.

FILE holds how many seconds the clock is ahead. It is read whenever anything asks for the time, libraries included.
"""

import datetime as wall
import sys
import time
from pathlib import Path

_SHIFT = Path(sys.argv[1])
_true_time = time.time


def shifted_time() -> float:
    """Seconds since 1970 on the shifted clock."""
    return _true_time() + float(_SHIFT.read_text())


class ShiftedDatetime(wall.datetime):
    """`datetime` whose `now` is that of the shifted clock."""

    @classmethod
    def now(cls, tz: wall.tzinfo | None = None) -> "ShiftedDatetime":
        return cls.fromtimestamp(shifted_time(), tz)


class ShiftedClock:
    """The clock of the worker."""

    def now(self) -> wall.datetime:
        return wall.datetime.fromtimestamp(shifted_time(), wall.UTC)


def main() -> None:
    """Start the worker; arq and its helpers get the shifted clock before they are used."""
    time.time = shifted_time
    import arq.connections
    import arq.utils
    import arq.worker

    for module in (arq.connections, arq.utils, arq.worker):
        if hasattr(module, "datetime"):
            setattr(module, "datetime", ShiftedDatetime)  # noqa: B010  the type of the module knows no assignment

    from milepost.settings import load_settings
    from milepost.worker import run_worker

    run_worker(load_settings(), ShiftedClock())


if __name__ == "__main__":
    main()
