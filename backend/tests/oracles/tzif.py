"""Reads compiled time-zone files (RFC 8536), so that tests do not check `zoneinfo` against itself."""

import struct
from datetime import UTC, datetime, timedelta
from importlib import resources

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = 44


def transitions(name: str) -> list[tuple[datetime, timedelta, timedelta]]:
    """Every listed change of a zone's offset: the instant, the offset before, the offset after.

    Changes after the last listed one follow a yearly rule and are not returned.
    """
    raw = (resources.files("tzdata") / "zoneinfo").joinpath(*name.split("/")).read_bytes()
    *_, leaps, times, types, characters = struct.unpack(">6l", raw[20:_HEADER])
    start = _HEADER + times * 5 + types * 6 + characters + leaps * 8 + sum(struct.unpack(">2l", raw[20:28]))
    times, types = struct.unpack(">2l", raw[start + 32 : start + 40])
    start += _HEADER
    instants = struct.unpack(f">{times}q", raw[start : start + 8 * times])
    start += 8 * times
    indices = raw[start : start + times]
    start += times
    offsets = [struct.unpack(">l", raw[start + 6 * n : start + 6 * n + 4])[0] for n in range(types)]
    changes, before = [], offsets[0]
    for instant, index in zip(instants, indices, strict=True):
        after = offsets[index]
        if after != before:
            changes.append((EPOCH + timedelta(seconds=instant), timedelta(seconds=before), timedelta(seconds=after)))
        before = after
    return changes
