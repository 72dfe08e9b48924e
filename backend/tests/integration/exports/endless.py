"""An export that has no end."""

from collections.abc import Iterator

from milepost.queries.exports.contents import CarriageReturns, Copy, Rewriting


class Endless:
    """An export without an end."""

    end = b""

    def copies(self) -> Iterator[tuple[bytes, Copy, Rewriting]]:
        """One."""
        query = "SELECT repeat('x', 1000) FROM generate_series(1, 10000) a, generate_series(1, 10000) b"
        yield b"", Copy(query, {"format": "csv"}), CarriageReturns()
